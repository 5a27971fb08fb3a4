#include <errno.h>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class Spins : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const int error = Lock(fd);
      if (error != EWOULDBLOCK || MonotonicNow() >= deadline) return error;
    }
  }
};

const RegisteredMutant kSpins({
    "spins",
    "Tries again and again without a pause.",
    {{"Waiting.WaitingTakesNoProcessor"}},
    Serve<Spins>(),
});

}  // namespace
}  // namespace conformance
