#include <sys/timerfd.h>
#include <time.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeavesTimers : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return PlainLock::LockUntil(fd, deadline);
  }
};

const RegisteredMutant kLeavesTimers({
    "leaves_timers",
    "Leaves the descriptor of a timer with each wait.",
    {{"Waiting.WaitsLeaveNothing"}},
    Serve<LeavesTimers>(),
});

}  // namespace
}  // namespace conformance
