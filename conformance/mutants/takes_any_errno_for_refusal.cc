#include <errno.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TakesAnyErrnoForRefusal : public PlainLock {
  int Lock(int fd) override {
    return PlainLock::Lock(fd) == 0 ? 0 : EWOULDBLOCK;
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    return PlainLock::LockUntil(fd, deadline) == 0 ? 0 : EWOULDBLOCK;
  }
};

// As in py-filelock 67.
const RegisteredMutant kTakesAnyErrnoForRefusal({
    "takes_any_errno_for_refusal",
    "Says that somebody else holds the lock whenever flock(2) fails.",
    {{"Errors.FailingCallIsNoRefusal"}},
    Serve<TakesAnyErrnoForRefusal>(),
});

}  // namespace
}  // namespace conformance
