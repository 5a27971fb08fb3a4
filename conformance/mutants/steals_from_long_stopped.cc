#include <errno.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/process/proc.h"

namespace conformance {
namespace {

class StealsFromLongStopped : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Lock(int fd) override {
    const int error = PlainLock::Lock(fd);
    if (error != EWOULDBLOCK) return error;
    pid_t holder = 0;
    const bool stopped =
        absl::SimpleAtoi(LoggedPid(fd), &holder) && ProcessState(holder) == 'T';
    const absl::Duration now = MonotonicNow();
    since_ = stopped ? std::min(since_, now) : absl::InfiniteDuration();
    return now - since_ > absl::Seconds(1) ? 0 : EWOULDBLOCK;
  }

  // As far as it has seen.
  absl::Duration since_ = absl::InfiniteDuration();
};

// As locks do that count a heartbeat.
const RegisteredMutant kStealsFromLongStopped({
    "steals_from_long_stopped",
    "Takes the lock of a process that has been stopped for a second for one "
    "that nobody holds.",
    {{"Exclusion.StoppedHolderStillHolds"}},
    Serve<StealsFromLongStopped>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
