#include <memory>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ChildBelievesItHolds : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (held_.count(path) > 0) {
      return Attempt::Acquired(std::make_unique<PlainHeld>(this, -1, path));
    }
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

// As in spack 52004.
const RegisteredMutant kChildBelievesItHolds({
    "child_believes_it_holds",
    "Gives the lock again to a process whose memory says that it has it, and a "
    "forked child inherits that memory.",
    {{"Inheritance.ChildOfHolderIsRefused"},
     {"Exclusion.SecondAcquireInProcessIsRefused"}},
    Serve<ChildBelievesItHolds>(),
});

}  // namespace
}  // namespace conformance
