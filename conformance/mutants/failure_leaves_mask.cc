#include <sys/stat.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FailureLeavesMask : public PlainLock {
  int Open(const std::string& path) override {
    const mode_t before = ::umask(0);
    const int fd = PlainLock::Open(path);
    if (fd >= 0) ::umask(before);
    return fd;
  }
};

const RegisteredMutant kFailureLeavesMask({
    "failure_leaves_mask",
    "Makes a file that everybody may write, and forgets to set the mask of new "
    "files right when that fails.",
    {{"Process.LeavesMaskAndFolder"}},
    Serve<FailureLeavesMask>(),
});

}  // namespace
}  // namespace conformance
