#include <unistd.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ReleasesLate : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    LetGo();
    return PlainLock::Acquire(path, wait);
  }
  int Unlock(int fd, const std::string& /*path*/) override {
    LetGo();
    due_ = fd;
    return 0;
  }
  void LetGo() {
    if (due_ >= 0) ::close(due_);
    due_ = -1;
  }

  int due_ = -1;
};

const RegisteredMutant kReleasesLate({
    "releases_late",
    "Gives the lock back only when it is next asked for something.",
    {{"Reacquisition.ByAnotherProcessAtOnce"}},
    Serve<ReleasesLate>(),
});

}  // namespace
}  // namespace conformance
