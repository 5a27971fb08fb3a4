#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class GivesUpEarly : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const absl::Duration now = MonotonicNow();
    return PlainLock::LockUntil(fd, now + (deadline - now) / 2);
  }
};

const RegisteredMutant kGivesUpEarly({
    "gives_up_early",
    "Gives a wait up when half of its time is over.",
    {{"Waiting.NotBeforeDeadline"}},
    Serve<GivesUpEarly>(),
});

}  // namespace
}  // namespace conformance
