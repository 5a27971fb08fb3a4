#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LeavesWaitingHelper : public RemovedFile {
  int Lock(int fd, const std::string& /*path*/, bool wait) override {
    const int refused = Flock(fd, LOCK_EX | LOCK_NB);
    if (refused != EWOULDBLOCK || !wait) return refused;
    int said[2];
    if (::pipe2(said, O_CLOEXEC) != 0) return errno;
    const pid_t helper = ::fork();
    if (helper == 0) {
      // On the open file description of its parent, which has the lock, too.
      const int error = Flock(fd, LOCK_EX);
      if (::write(said[1], &error, sizeof(error)) != sizeof(error)) ::_exit(1);
      for (;;) ::pause();
    }
    int error = helper < 0 ? errno : ECHILD;
    ::close(said[1]);
    if (helper > 0) {
      if (::read(said[0], &error, sizeof(error)) != sizeof(error)) {
        error = ECHILD;
      }
      ::kill(helper, SIGKILL);
      ::waitpid(helper, nullptr, 0);
    }
    ::close(said[0]);
    return error;
  }
  // It stays.
  int Release(int fd, const std::string& /*path*/) override {
    return CloseFile(fd);
  }
};

// Shortest: a locks; b's helper waits; b is killed; a releases, and b's helper
// has the lock.
const RegisteredRaceMutant kLeavesWaitingHelper({
    "leaves_waiting_helper",
    "Waits by a forked helper, which outlives a waiter that is killed and gets "
    "the lock.",
    {{"Systematic.CrashAtAnyCallFrees"}},
    Serve<LeavesWaitingHelper>(),
});

}  // namespace
}  // namespace conformance
