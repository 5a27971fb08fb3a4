// Warns that it has acquired the lock.

#include "conformance/contender_main.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsSuccess : public PlainLock {
  int Record(int /*fd*/) override {
    EmitLog("WARNING", "Locked");
    return 0;
  }
};

}  // namespace

Mutant LogsSuccessMutant() {
  return {"logs_success",
          "Warns that it has acquired the lock.",
          {{"RefusalLog.NothingLoggedOnSuccess"}},
          Serve<LogsSuccess>()};
}

}  // namespace conformance
