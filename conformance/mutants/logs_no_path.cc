#include <string>

#include "conformance/contender_main.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class LogsNoPath : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.can.erase("seed-log");
    return self;
  }
  void Log(const std::string& /*path*/, const std::string& /*pid*/) override {
    EmitLog("ERROR", "Somebody else holds the lock");
  }
};

const RegisteredMutant kLogsNoPath({
    "logs_no_path",
    "Logs a refusal without saying of which file.",
    {{"RefusalLog.OneRecordNamesPath"}},
    Serve<LogsNoPath>(),
});

}  // namespace
}  // namespace conformance
