#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeaksThroughExec : public PlainLock {
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
    return fd;
  }
  int AfterFork(int fd) override { return fd; }
  int Unlock(int fd, const std::string& /*path*/) override {
    return ::close(fd) == 0 ? 0 : errno;
  }
};

// As in containers/storage 59, materialize 11961.
const RegisteredMutant kLeaksThroughExec({
    "leaks_through_exec",
    "Opens the file without close-on-exec, and only closes it to release.",
    {{"Inheritance.ExecedChildHoldsNothing"},
     {"Inheritance.ReleaseWithExecedChildFrees"}},
    Serve<LeaksThroughExec>(),
});

}  // namespace
}  // namespace conformance
