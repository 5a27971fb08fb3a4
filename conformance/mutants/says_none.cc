// Logs None in place of UNKNOWN.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SaysNone : public PlainLock {
  std::string LoggedPid(int /*fd*/) override { return "None"; }
};

}  // namespace

Mutant SaysNoneMutant() {
  return {"says_none",
          "Logs None in place of UNKNOWN.",
          {{"RefusalLog.UnknownWithoutRecord"}},
          Serve<SaysNone>()};
}

}  // namespace conformance
