// Logs the path with whatever control characters it has. CWE-117.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsRawPath : public PlainLock {
  std::string LoggedPath(const std::string& path) override { return path; }
};

}  // namespace

Mutant LogsRawPathMutant() {
  return {"logs_raw_path",
          "Logs the path with whatever control characters it has.",
          {{"RefusalLog.NewlineInPathForgesNothing"}},
          Serve<LogsRawPath>()};
}

}  // namespace conformance
