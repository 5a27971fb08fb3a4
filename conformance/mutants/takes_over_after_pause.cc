#include <errno.h>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TakesOverAfterPause : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const int error = Lock(fd);
      if (error != EWOULDBLOCK) return error;
      const absl::Duration before = MonotonicNow();
      NapUntil(before + absl::Milliseconds(2));
      const absl::Duration now = MonotonicNow();
      if (now - before > absl::Milliseconds(100)) return 0;
      if (now >= deadline) return Lock(fd);
    }
  }
};

const RegisteredMutant kTakesOverAfterPause({
    "takes_over_after_pause",
    "Believes after a pause that everybody else has gone, and takes the lock.",
    {{"Waiting.StoppedBeyondDeadline"}},
    Serve<TakesOverAfterPause>(),
});

}  // namespace
}  // namespace conformance
