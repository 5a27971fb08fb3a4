#include "conformance/contender_main.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsSuccess : public PlainLock {
  int Record(int /*fd*/) override {
    EmitLog("WARNING", "Locked");
    return 0;
  }
};

const RegisteredMutant kLogsSuccess({
    "logs_success",
    "Warns that it has acquired the lock.",
    {{"RefusalLog.NothingLoggedOnSuccess"}},
    Serve<LogsSuccess>(),
});

}  // namespace
}  // namespace conformance
