// Logs nothing when it is refused.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsNothing : public PlainLock {
  void Log(const std::string& /*path*/, const std::string& /*pid*/) override {}
};

}  // namespace

Mutant LogsNothingMutant() {
  return {"logs_nothing",
          "Logs nothing when it is refused.",
          {{"RefusalLog.OneRecordOfExactText"}},
          Serve<LogsNothing>()};
}

}  // namespace conformance
