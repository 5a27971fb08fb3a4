#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeavesHelper : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    int got_it[2];
    if (::pipe(got_it) != 0) return errno;
    const pid_t helper = ::fork();
    if (helper == 0) {
      ::flock(fd, LOCK_EX);
      ::close(got_it[1]);
      for (;;) ::pause();
    }
    ::close(got_it[1]);
    const bool locked = AwaitReadable(got_it[0], deadline);
    ::close(got_it[0]);
    ::kill(helper, SIGKILL);
    ::waitpid(helper, nullptr, 0);
    return locked ? 0 : Lock(fd);
  }
};

const RegisteredMutant kLeavesHelper({
    "leaves_helper",
    "Waits by a forked helper, which outlives a waiter that is killed and gets "
    "the lock.",
    {{"Waiting.KilledWaiterHoldsNothing"}},
    Serve<LeavesHelper>(),
});

}  // namespace
}  // namespace conformance
