#include <errno.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class GoesOnUnlocked : public PlainLock {
  int Lock(int fd) override { return Forgiven(PlainLock::Lock(fd)); }
  int LockUntil(int fd, absl::Duration deadline) override {
    return Forgiven(PlainLock::LockUntil(fd, deadline));
  }

  static int Forgiven(int error) {
    return error == ENOSYS || error == EOPNOTSUPP ? 0 : error;
  }
};

// As in cargo 4116.
const RegisteredMutant kGoesOnUnlocked({
    "goes_on_unlocked",
    "Goes on without a lock where flock(2) is not supported.",
    {{"Errors.FailingCallIsNoLock"}},
    Serve<GoesOnUnlocked>(),
});

}  // namespace
}  // namespace conformance
