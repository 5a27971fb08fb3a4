// Tries again for a while before it says that it is refused.

#include <errno.h>
#include <poll.h>

#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/mutants/all.h"
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

}  // namespace

Mutant SlowRefusalMutant() {
  return {"slow_refusal",
          "Tries again for a while before it says that it is refused.",
          {{"Exclusion.RefusalIsPrompt"}},
          Serve<SlowRefusal>()};
}

}  // namespace conformance
