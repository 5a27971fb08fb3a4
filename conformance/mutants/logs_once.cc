// Logs the first refusal of a process, and no other one.

#include <string>

#include "conformance/mutants/all.h"
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

}  // namespace

Mutant LogsOnceMutant() {
  return {"logs_once",
          "Logs the first refusal of a process, and no other one.",
          {{"RefusalLog.EachRefusalIsLogged"}},
          Serve<LogsOnce>()};
}

}  // namespace conformance
