#include <errno.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelledAsRefused : public CancellableLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = CancellableLock::LockUntil(fd, deadline);
    return error == ECANCELED ? EWOULDBLOCK : error;
  }
};

const RegisteredMutant kCancelledAsRefused({
    "cancelled_as_refused",
    "Takes a cancelled wait for a refused one.",
    {{"Waiting.CancelledWaitEnds"}},
    Serve<CancelledAsRefused>(),
});

}  // namespace
}  // namespace conformance
