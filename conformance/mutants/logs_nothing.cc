#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsNothing : public PlainLock {
  void Log(const std::string& /*path*/, const std::string& /*pid*/) override {}
};

const RegisteredMutant kLogsNothing({
    "logs_nothing",
    "Logs nothing when it is refused.",
    {{"RefusalLog.OneRecordOfExactText"}},
    Serve<LogsNothing>(),
});

}  // namespace
}  // namespace conformance
