#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsRawPath : public PlainLock {
  std::string LoggedPath(const std::string& path) override { return path; }
};

// CWE-117.
const RegisteredMutant kLogsRawPath({
    "logs_raw_path",
    "Logs the path with whatever control characters it has.",
    {{"RefusalLog.NewlineInPathForgesNothing"}},
    Serve<LogsRawPath>(),
});

}  // namespace
}  // namespace conformance
