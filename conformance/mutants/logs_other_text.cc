#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/contender_main.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsOtherText : public PlainLock {
  void Log(const std::string& path, const std::string& pid) override {
    EmitLog("ERROR", absl::StrCat("Could not lock ", path, ", pid ", pid));
  }
};

const RegisteredMutant kLogsOtherText({
    "logs_other_text",
    "Logs a refusal in words of its own.",
    {{"RefusalLog.OneRecordOfExactText"}},
    Serve<LogsOtherText>(),
});

}  // namespace
}  // namespace conformance
