#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsTwice : public PlainLock {
  void Log(const std::string& path, const std::string& pid) override {
    PlainLock::Log(path, pid);
    PlainLock::Log(path, pid);
  }
};

const RegisteredMutant kLogsTwice({
    "logs_twice",
    "Logs each refusal twice.",
    {{"RefusalLog.OneRecordOfExactText"}},
    Serve<LogsTwice>(),
});

}  // namespace
}  // namespace conformance
