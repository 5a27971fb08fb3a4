#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsEachLook : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    return PollUntil(deadline, absl::Milliseconds(5), [&] {
      ++looks_;
      return Lock(fd);
    });
  }
  void Log(const std::string& path, const std::string& pid) override {
    for (int i = 0; i < looks_; ++i) PlainLock::Log(path, pid);
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    looks_ = wait == absl::ZeroDuration() ? 1 : 0;
    return PlainLock::Acquire(path, wait);
  }

  int looks_ = 0;
};

const RegisteredMutant kLogsEachLook({
    "logs_each_look",
    "Logs a wait in vain as often as it has looked.",
    {{"RefusalLog.RefusedWaitIsLoggedOnce"}},
    Serve<LogsEachLook>(),
});

}  // namespace
}  // namespace conformance
