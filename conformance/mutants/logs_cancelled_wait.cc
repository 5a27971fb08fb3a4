#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsCancelledWait : public CancellableLock {
  Attempt GiveUp(int fd, const std::string& path) override {
    Log(LoggedPath(path), LoggedPid(fd));
    return CancellableLock::GiveUp(fd, path);
  }
};

const RegisteredMutant kLogsCancelledWait({
    "logs_cancelled_wait",
    "Logs a cancelled wait as if it had been refused.",
    {{"RefusalLog.CancelledWaitIsNoRefusal"}},
    Serve<LogsCancelledWait>(),
});

}  // namespace
}  // namespace conformance
