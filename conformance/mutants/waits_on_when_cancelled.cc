#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <thread>  // NOLINT(build/c++11): a thread of the system's

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class WaitsOnWhenCancelled : public CancellableLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    int got_it[2];
    if (::pipe2(got_it, O_CLOEXEC) != 0) return errno;
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    std::thread([copy, done = got_it[1]] {
      ::flock(copy, LOCK_EX);
      ::close(done);
    }).detach();
    bool locked = false;
    while (!locked && !IsCancelled() && MonotonicNow() < deadline) {
      locked = AwaitReadable(
          got_it[0],
          std::min(deadline, MonotonicNow() + absl::Milliseconds(5)));
    }
    ::close(got_it[0]);
    if (locked) return 0;
    return IsCancelled() ? ECANCELED : EWOULDBLOCK;
  }
};

const RegisteredMutant kWaitsOnWhenCancelled({
    "waits_on_when_cancelled",
    "Waits in a thread, which goes on when the wait is cancelled, and gets the "
    "lock later.",
    {{"Waiting.CancelledWaiterGetsNothingLater"}},
    Serve<WaitsOnWhenCancelled>(),
});

}  // namespace
}  // namespace conformance
