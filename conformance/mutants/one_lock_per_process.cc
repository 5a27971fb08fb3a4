#include <errno.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class OneLockPerProcess : public PlainLock {
  int Lock(int fd) override {
    return held_ ? EWOULDBLOCK : PlainLock::Lock(fd);
  }
  int Record(int /*fd*/) override {
    held_ = true;
    return 0;
  }
  int Unlock(int fd, const std::string& path) override {
    held_ = false;
    return PlainLock::Unlock(fd, path);
  }

  bool held_ = false;
};

const RegisteredMutant kOneLockPerProcess({
    "one_lock_per_process",
    "Refuses a second lock in one process, whatever its path.",
    {{"Exclusion.DifferentPathsAreIndependent"}},
    Serve<OneLockPerProcess>(),
});

}  // namespace
}  // namespace conformance
