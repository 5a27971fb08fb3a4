// When to stop asking for a lock.

#ifndef LOCKFILE_INTERNAL_DEADLINE_H_
#define LOCKFILE_INTERNAL_DEADLINE_H_

#include "absl/time/time.h"
#include "lockfile/internal/system.h"

namespace lockfile {
namespace internal {

// Runs from its construction, on the clock of System::Now(). Nobody looks at
// that if there is nothing to wait for, or no end to it.
class Deadline {
 public:
  explicit Deadline(absl::Duration wait)
      : is_finite_(wait > absl::ZeroDuration() &&
                   wait != absl::InfiniteDuration()),
        at_(is_finite_ ? System::Get().Now() + wait : absl::InfiniteDuration()),
        passed_(wait <= absl::ZeroDuration()) {}

  // absl::InfiniteDuration() if there is none.
  absl::Duration at() const { return at_; }

  // Whether it had passed at the last call of Update. To be asked after an
  // attempt, and updated before: so an attempt in time is never the last.
  bool Passed() const { return passed_; }

  void Update() {
    if (is_finite_) passed_ = System::Get().Now() >= at_;
  }

 private:
  bool is_finite_;
  absl::Duration at_;
  bool passed_;
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_DEADLINE_H_
