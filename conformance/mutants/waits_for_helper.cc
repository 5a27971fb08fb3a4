#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class WaitsForHelper : public PlainLock {
  int Lock(int fd) override {
    const pid_t child = ::fork();
    if (child == 0) {
      const int error = ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
      ::_exit(error);
    }
    if (child < 0) return errno;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
      // ECHILD where SIGCHLD is ignored, wait(2).
      if (errno != EINTR) return errno;
    }
    return WEXITSTATUS(status);
  }
};

// As in util-linux 60cd48bd1.
const RegisteredMutant kWaitsForHelper({
    "waits_for_helper",
    "Lets a child take the lock, and takes it for an error when the child "
    "cannot be waited for.",
    {{"Inheritance.HostileSignalStateIsSurvived"}},
    Serve<WaitsForHelper>(),
});

}  // namespace
}  // namespace conformance
