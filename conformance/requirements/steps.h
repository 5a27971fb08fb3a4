// Steps that checks of several chapters take.

#ifndef CONFORMANCE_REQUIREMENTS_STEPS_H_
#define CONFORMANCE_REQUIREMENTS_STEPS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

// Acquires `path` (Path("lock") if it is ""), which a dead process held, under
// the handle "a". Refusals are no violation for the time of `patience`, and one
// never is by an existence lock: of some the first attempt removes what is
// stale, and the second one acquires. An error always is.
void MustTakeOver(Trial& t, int who, absl::string_view path = "",
                  absl::Duration patience = absl::ZeroDuration());

// Whether it is an existence lock that is free once it is old enough.
bool IsStaleByAge(const Trial& t);
// Sets back the times of what a dead holder of such a lock has left.
void MakeOld(Trial& t);

// Whether the lock's file is beside the path and of a form of its own, as a
// database's is, and the answer is that something else in its place is none:
// that is honest, and nothing that such a lock leaves looks so. A lock that
// claims a family, or that it writes records, is asked all the same. If so, the
// trial ends as `not asked`.
bool SaysItIsOfAnotherForm(Trial& t, const Answer& answer);

// `who` is refused (busy) this path, which is another name of what is held.
void MustBeRefusedTheName(Trial& t, int who, absl::string_view handle,
                          const std::string& path);
// Two names of one file: `holder` holds it by either, and `other` is refused
// both.
void MustExcludeEachOther(Trial& t, int holder, int other,
                          const std::string& name, const std::string& alias);

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_STEPS_H_
