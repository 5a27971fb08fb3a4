#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TimerStrikesHolder : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    if (deadline == absl::InfiniteDuration()) {
      return PlainLock::LockUntil(fd, deadline);
    }
    Handle([](int /*signal*/) {});
    SetTimer(std::max(deadline - MonotonicNow(), absl::Milliseconds(1)));
    int error = 0;
    while ((error = Flock(fd)) == EINTR) {
      if (MonotonicNow() < deadline) continue;
      error = Lock(fd);
      break;
    }
    if (error != 0) SetTimer(absl::ZeroDuration());
    Handle(SIG_DFL);
    return error;
  }
  int Unlock(int fd, const std::string& path) override {
    SetTimer(absl::ZeroDuration());
    return PlainLock::Unlock(fd, path);
  }

  static int Flock(int fd) { return ::flock(fd, LOCK_EX) == 0 ? 0 : errno; }
  static void Handle(void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    ::sigaction(SIGALRM, &action, nullptr);
  }
  // Strikes again and again: the first time may be before the call.
  static void SetTimer(absl::Duration delay) {
    itimerval timer = {};
    timer.it_value = absl::ToTimeval(delay);
    timer.it_interval = absl::ToTimeval(absl::Milliseconds(2));
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
};

const RegisteredMutant kTimerStrikesHolder({
    "timer_strikes_holder",
    "Forgets the timer of a wait that has got the lock, but not its handler.",
    {{"Waiting.GrantedWaitIsOver"}},
    Serve<TimerStrikesHolder>(),
});

}  // namespace
}  // namespace conformance
