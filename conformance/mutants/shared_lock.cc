#include <errno.h>
#include <sys/file.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SharedLock : public PlainLock {
  int Lock(int fd) override {
    return ::flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0 : errno;
  }
};

const RegisteredMutant kSharedLock({
    "shared_lock",
    "Takes a shared lock, which two can have at once.",
    {{"Exclusion.SecondProcessIsRefused"}},
    Serve<SharedLock>(),
});

}  // namespace
}  // namespace conformance
