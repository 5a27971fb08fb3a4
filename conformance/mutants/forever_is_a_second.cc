#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ForeverIsASecond : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const bool forever = deadline == absl::InfiniteDuration();
    return PlainLock::LockUntil(
        fd, forever ? MonotonicNow() + absl::Seconds(1) : deadline);
  }
};

const RegisteredMutant kForeverIsASecond({
    "forever_is_a_second",
    "Waits for a second where it is to wait for ever.",
    {{"Waiting.ForeverIsForever"}},
    Serve<ForeverIsASecond>(),
});

}  // namespace
}  // namespace conformance
