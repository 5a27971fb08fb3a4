#include <errno.h>
#include <poll.h>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

constexpr absl::Duration kTriesFor = absl::Milliseconds(1300);

class SlowRefusal : public PlainLock {
  int Lock(int fd) override {
    const absl::Duration until = MonotonicNow() + kTriesFor;
    int error = PlainLock::Lock(fd);
    while (error == EWOULDBLOCK && MonotonicNow() < until) {
      ::poll(nullptr, 0, 10);
      error = PlainLock::Lock(fd);
    }
    return error;
  }
};

const RegisteredMutant kSlowRefusal({
    "slow_refusal",
    "Tries again for a while before it says that it is refused.",
    {{"Exclusion.RefusalIsPrompt"}},
    Serve<SlowRefusal>(),
});

}  // namespace
}  // namespace conformance
