#include <set>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SilentInProcess : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (held_.count(path) > 0) return Attempt::Busy();
    Attempt attempt = PlainLock::Acquire(path, wait);
    if (attempt.lock != nullptr) held_.insert(path);
    return attempt;
  }
  int Unlock(int fd, const std::string& path) override {
    held_.erase(path);
    return PlainLock::Unlock(fd, path);
  }

  std::set<std::string> held_;
};

const RegisteredMutant kSilentInProcess({
    "silent_in_process",
    "Has a table of what its process holds, and refuses by it without a word.",
    {{"RefusalLog.RefusedAttemptInProcessIsLogged"}},
    Serve<SilentInProcess>(),
});

}  // namespace
}  // namespace conformance
