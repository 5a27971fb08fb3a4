#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsOnce : public PlainLock {
  void Log(const std::string& path, const std::string& pid) override {
    if (!logged_) PlainLock::Log(path, pid);
    logged_ = true;
  }

  bool logged_ = false;
};

const RegisteredMutant kLogsOnce({
    "logs_once",
    "Logs the first refusal of a process, and no other one.",
    {{"RefusalLog.EachRefusalIsLogged"}},
    Serve<LogsOnce>(),
});

}  // namespace
}  // namespace conformance
