#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NoRecheck : public PlainLock {
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kNoRecheck({
    "no_recheck",
    "Does not look whether the file that it has locked is still the one at the "
    "path.",
    {{"Waiting.RemovedWhileWaiting"}},
    Serve<NoRecheck>(),
});

}  // namespace
}  // namespace conformance
