#include <errno.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsBeforeWaiting : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    path_ = path;
    logged_ = false;
    return PlainLock::Acquire(path, wait);
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = Lock(fd);
    if (error != EWOULDBLOCK) return error;
    if (!logged_) Log(LoggedPath(path_), "UNKNOWN");
    logged_ = true;
    return PlainLock::LockUntil(fd, deadline);
  }
  void Log(const std::string& path, const std::string& pid) override {
    if (!logged_) PlainLock::Log(path, pid);
  }

  std::string path_;
  bool logged_ = false;
};

const RegisteredMutant kLogsBeforeWaiting({
    "logs_before_waiting",
    "Logs a refusal before it waits, whether it gets the lock then or not.",
    {{"RefusalLog.GrantedWaitIsNoRefusal"}},
    Serve<LogsBeforeWaiting>(),
});

}  // namespace
}  // namespace conformance
