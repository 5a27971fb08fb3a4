#include <errno.h>

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelLosesGrant : public CancellableLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const bool last = MonotonicNow() >= deadline;
      const int error = Lock(fd);
      if (IsCancelled()) {
        granted_ = error == 0;
        return ECANCELED;
      }
      if (error != EWOULDBLOCK || last) return error;
      NapUntil(std::min(deadline, MonotonicNow() + absl::Milliseconds(5)));
    }
  }
  Attempt GiveUp(int fd, const std::string& path) override {
    return granted_ ? Attempt::Cancelled() : CancellableLock::GiveUp(fd, path);
  }

  bool granted_ = false;
};

const RegisteredMutant kCancelLosesGrant({
    "cancel_loses_grant",
    "Looks whether a wait was cancelled once it has got the lock, and keeps "
    "it.",
    {{"Waiting.CancelRacesWithRelease"}},
    Serve<CancelLosesGrant>(),
});

}  // namespace
}  // namespace conformance
