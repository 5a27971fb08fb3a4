// Steps that checks of several chapters take.

#ifndef CONFORMANCE_REQUIREMENTS_STEPS_H_
#define CONFORMANCE_REQUIREMENTS_STEPS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/trial.h"

namespace conformance {

// Asks for Path("lock") under the handle "a", again and again for `time`.
// Whether it was acquired.
bool AcquiresWithin(Trial& t, int who, absl::Duration time);

// Acquires `path` (Path("lock") if it is ""), which a dead process held, under
// the handle "a". One refusal is no violation by an existence lock: of some the
// first attempt removes what is stale, and the second one acquires.
void MustTakeOver(Trial& t, int who, absl::string_view path = "");

// Whether it is an existence lock that is free once it is old enough.
bool IsStaleByAge(const Trial& t);
// Sets back the times of what a dead holder of such a lock has left.
void MakeOld(Trial& t);

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_STEPS_H_
