#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MindsStops : public PlainLock {
  static int Nap(int milliseconds) {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event;
    const int error =
        ::epoll_wait(epoll, &event, 1, milliseconds) < 0 ? errno : 0;
    ::close(epoll);
    return error;
  }
  int Lock(int fd) override {
    const int error = Nap(4);
    return error != 0 ? error : PlainLock::Lock(fd);
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const int error = PlainLock::Lock(fd);
      if (error != EWOULDBLOCK || MonotonicNow() >= deadline) return error;
      if (const int interrupted = Nap(50)) return interrupted;
    }
  }
};

const RegisteredMutant kMindsStops({
    "minds_stops",
    "Naps in epoll_wait(2), which fails with EINTR after a stop, and takes "
    "that for a failure.",
    {{"Waiting.StoppedWaiterGoesOn"}, {"Waiting.StopsDuringCycles"}},
    Serve<MindsStops>(),
});

}  // namespace
}  // namespace conformance
