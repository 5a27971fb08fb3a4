// A lock that takes the lock of a stopped process, at once or after a while.

#ifndef CONFORMANCE_MUTANTS_STEALS_FROM_STOPPED_H_
#define CONFORMANCE_MUTANTS_STEALS_FROM_STOPPED_H_

#include <errno.h>
#include <sys/types.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/process/proc.h"

namespace conformance {

class StealsFromStopped : public PlainLock {
 public:
  explicit StealsFromStopped(absl::Duration after)
      : PlainLock(Owner::kRecorded), after_(after) {}

 private:
  int Lock(int fd) override {
    const int error = PlainLock::Lock(fd);
    if (error != EWOULDBLOCK) return error;
    pid_t holder = 0;
    const bool stopped =
        absl::SimpleAtoi(LoggedPid(fd), &holder) && ProcessState(holder) == 'T';
    const absl::Duration now = MonotonicNow();
    since_ = stopped ? std::min(since_, now) : absl::InfiniteDuration();
    return now - since_ >= after_ ? 0 : EWOULDBLOCK;
  }

  const absl::Duration after_;
  // As far as it has seen.
  absl::Duration since_ = absl::InfiniteDuration();
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_STEALS_FROM_STOPPED_H_
