#include <sys/stat.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ClearsUmask : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const mode_t before = ::umask(0);
    const int error = PlainLock::LockUntil(fd, deadline);
    ::umask(before);
    return error;
  }
};

// As in py-filelock 204.
const RegisteredMutant kClearsUmask({
    "clears_umask",
    "Takes the mask of new files away while it waits.",
    {{"Process.LeavesMaskAndFolder"}},
    Serve<ClearsUmask>(),
});

}  // namespace
}  // namespace conformance
