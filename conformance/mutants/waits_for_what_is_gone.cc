#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class WaitsForWhatIsGone : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    forever_ = wait == absl::InfiniteDuration();
    return PlainLock::Acquire(path, wait);
  }
  bool StillThere(int fd, const std::string& path) override {
    while (!PlainLock::StillThere(fd, path)) {
      if (!forever_) return false;
      NapUntil(MonotonicNow() + absl::Milliseconds(5));
    }
    return true;
  }

  bool forever_ = false;
};

const RegisteredMutant kWaitsForWhatIsGone({
    "waits_for_what_is_gone",
    "Waits, when it waits without a limit, for the file that it has opened to "
    "come back to the path.",
    {{"Waiting.RemovedWhileWaitingForever", Outcome::kHang, absl::Seconds(2)}},
    Serve<WaitsForWhatIsGone>(),
});

}  // namespace
}  // namespace conformance
