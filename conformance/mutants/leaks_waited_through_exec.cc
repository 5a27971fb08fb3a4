#include <fcntl.h>

#include <set>
#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeaksWaitedThroughExec : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = PlainLock::LockUntil(fd, deadline);
    if (error == 0 && ::fcntl(fd, F_SETFD, 0) == 0) waited_.insert(fd);
    return error;
  }
  int AfterFork(int fd) override {
    return waited_.count(fd) > 0 ? fd : PlainLock::AfterFork(fd);
  }
  int Unlock(int fd, const std::string& path) override {
    waited_.erase(fd);
    return PlainLock::Unlock(fd, path);
  }

  std::set<int> waited_;  // descriptors of locks that are held
};

const RegisteredMutant kLeaksWaitedThroughExec({
    "leaks_waited_through_exec",
    "Leaves the file of a lock that it has waited for open across exec.",
    {{"Inheritance.ExecedChildHoldsNothing"}},
    Serve<LeaksWaitedThroughExec>(),
});

}  // namespace
}  // namespace conformance
