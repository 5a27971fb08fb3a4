#include <errno.h>
#include <time.h>

#include <algorithm>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class WaitsByWallClock : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const absl::Duration ends = WallClock() + (deadline - MonotonicNow());
    for (;;) {
      const bool last = WallClock() >= ends;
      const int error = Lock(fd);
      if (error != EWOULDBLOCK || last) return error;
      NapUntil(MonotonicNow() +
               std::min(ends - WallClock(), absl::Milliseconds(5)));
    }
  }

  static absl::Duration WallClock() {
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return absl::DurationFromTimespec(now);
  }
};

// As in py-filelock PR 136.
const RegisteredMutant kWaitsByWallClock({
    "waits_by_wall_clock",
    "Has the deadlines of its waits on the wall clock.",
    {{"Waiting.ClockSetOnEndsNoWait"}, {"Waiting.ClockSetBackProlongsNoWait"}},
    Serve<WaitsByWallClock>(),
});

}  // namespace
}  // namespace conformance
