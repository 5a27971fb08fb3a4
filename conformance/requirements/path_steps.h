// Steps that the checks of paths share.

#ifndef CONFORMANCE_REQUIREMENTS_PATH_STEPS_H_
#define CONFORMANCE_REQUIREMENTS_PATH_STEPS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

// The content of a file that is no lock, which must stay there.
inline constexpr absl::string_view kTreasure = "precious content\n";

// The contender can lock something else, after what it could not lock.
void StillWorks(Trial& t, int who);

// The kind of thing that stands in the way of the lock.
enum class Obstacle {
  kName,   // there can be no file of that name
  kThing,  // there is something else already
};

// As a name of the trial's folder: where the lock of `name` would be.
std::string PlaceOf(Trial& t, absl::string_view name);

// An error that is taken for a refusal is, whatever the error is.
void JudgeFailure(Trial& t, int who, const Answer& answer);

// Twice, since what the first attempt leaves behind can fool the second. An
// obstacle holds an existence lock, so such a lock may say busy; and a lock
// that is kept elsewhere may be had, if it excludes others.
void FailsCleanly(Trial& t, int who, const std::string& path,
                  Obstacle obstacle = Obstacle::kName);

// The file is as it was. Of a folder the time and size don't count: to look for
// a place in it changes them.
void SameFile(Trial& t, const FileFacts& before, absl::string_view name);

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_PATH_STEPS_H_
