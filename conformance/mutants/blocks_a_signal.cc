#include <signal.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BlocksASignal : public PlainLock {
  int Record(int /*fd*/) override {
    Mask(SIG_BLOCK);
    return 0;
  }
  int Unlock(int fd, const std::string& path) override {
    Mask(SIG_UNBLOCK);
    return PlainLock::Unlock(fd, path);
  }

  static void Mask(int how) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR2);
    ::pthread_sigmask(how, &set, nullptr);
  }
};

const RegisteredMutant kBlocksASignal({
    "blocks_a_signal",
    "Keeps a signal blocked while it holds.",
    {{"Process.LeavesSignals"}},
    Serve<BlocksASignal>(),
});

}  // namespace
}  // namespace conformance
