#include <signal.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FailureLeavesSignals : public PlainLock {
  int Open(const std::string& path) override {
    sigset_t set;
    sigset_t before;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    const int fd = PlainLock::Open(path);
    if (fd >= 0) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return fd;
  }
};

const RegisteredMutant kFailureLeavesSignals({
    "failure_leaves_signals",
    "Blocks a signal while it opens the file, and forgets to let it through "
    "again when that fails.",
    {{"Process.LeavesSignals"}},
    Serve<FailureLeavesSignals>(),
});

}  // namespace
}  // namespace conformance
