#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class WaitsInThread : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    int got_it[2];
    if (::pipe2(got_it, O_CLOEXEC) != 0) return errno;
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    std::thread([copy, done = got_it[1]] {
      ::flock(copy, LOCK_EX);
      ::close(done);
    }).detach();
    const bool locked = AwaitReadable(got_it[0], deadline);
    ::close(got_it[0]);
    return locked ? 0 : EWOULDBLOCK;
  }
};

const RegisteredMutant kWaitsInThread({
    "waits_in_thread",
    "Waits in a thread, which goes on when the wait is given up, and gets the "
    "lock later.",
    {{"Waiting.TimedOutWaiterGetsNothingLater"}},
    Serve<WaitsInThread>(),
});

}  // namespace
}  // namespace conformance
