#include <errno.h>

#include <algorithm>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NapsDouble : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    absl::Duration nap = absl::Milliseconds(2);
    for (;; nap *= 2) {
      const bool last = MonotonicNow() >= deadline;
      const int error = Lock(fd);
      if (error != EWOULDBLOCK || last) return error;
      NapUntil(std::min(deadline, MonotonicNow() + nap));
    }
  }
};

// As in llvm 1129.
const RegisteredMutant kNapsDouble({
    "naps_double",
    "Naps between its looks, each time twice as long as before, without end.",
    {{"Waiting.HandOverStaysPrompt"}},
    Serve<NapsDouble>(),
});

}  // namespace
}  // namespace conformance
