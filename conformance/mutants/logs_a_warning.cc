#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/contender_main.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsAWarning : public PlainLock {
  void Log(const std::string& path, const std::string& pid) override {
    EmitLog("WARNING",
            absl::StrCat("Error locking file ", path, "; pid=", pid));
  }
};

const RegisteredMutant kLogsAWarning({
    "logs_a_warning",
    "Logs a refusal as a warning.",
    {{"RefusalLog.OneRecordOfExactText"}},
    Serve<LogsAWarning>(),
});

}  // namespace
}  // namespace conformance
