#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SaysNone : public PlainLock {
  std::string LoggedPid(int /*fd*/) override { return "None"; }
};

const RegisteredMutant kSaysNone({
    "says_none",
    "Logs None in place of UNKNOWN.",
    {{"RefusalLog.UnknownWithoutRecord"}},
    Serve<SaysNone>(),
});

}  // namespace
}  // namespace conformance
