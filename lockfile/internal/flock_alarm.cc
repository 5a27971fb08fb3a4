// Signal, timer and handler.

#include "lockfile/internal/flock_alarm.h"

#include <errno.h>

#include "lockfile/internal/platform.h"

#if LOCKFILE_INTERNAL_LINUX

#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>

#include "absl/base/config.h"

// Older headers have it by this name only.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace lockfile {
namespace internal {
namespace {

// Until the thread calls one of those functions that it knows to block.
#ifdef ABSL_HAVE_THREAD_SANITIZER
constexpr bool kKeepsSignalsBack = true;
#else
constexpr bool kKeepsSignalsBack = false;
#endif

constexpr int64_t kSecond = 1000000000;
constexpr int64_t kMillisecond = 1000000;

// The one that is set, for the handler.
std::atomic<FlockAlarm*> current{nullptr};

// Whether timer_delete(2) has failed (seccomp(2)): no more than one timer is to
// be left behind.
std::atomic<bool> undeletable{false};

// One that does nothing now, and isn't in the calling thread's signal mask; or
// 0.
int FindSignal() {
  sigset_t blocked;
  if (::sigprocmask(SIG_BLOCK, nullptr, &blocked) != 0) return 0;
  for (const int signal : {SIGURG, SIGWINCH}) {
    struct sigaction action = {};
    if (::sigismember(&blocked, signal) == 0 &&
        ::sigaction(signal, nullptr, &action) == 0 &&
        (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)) {
      return signal;
    }
  }
  return 0;
}

}  // namespace

int FlockAlarm::Set(int64_t nanoseconds) {
  const bool possible = !kKeepsSignalsBack && !undeletable;
  const int signal = possible ? FindSignal() : 0;
  if (signal == 0) return ENOTSUP;
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_value.sival_ptr = this;
  event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
  pause_ = kMillisecond;
  gone_off_.store(false, std::memory_order_relaxed);
  current.store(this, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_sigaction = &FlockAlarm::Handle;
  // On the application's stack for signals, if it has one: this one may be that
  // of a coroutine, and small.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(signal, &action, &previous_) != 0) return errno;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    const int error = errno;
    ::sigaction(signal, &previous_, nullptr);
    return error;
  }
  signal_ = signal;
  const int error = SetTimer(TIMER_ABSTIME, nanoseconds);
  if (error != 0) CallOff();
  return error;
}

void FlockAlarm::CallOff() {
  if (signal_ == 0) return;
  // A signal of the timer is handled before this returns, at the latest.
  if (::timer_delete(timer_) != 0) {
    undeletable = true;
    (void)SetTimer(0, 0);  // Never.
  }
  ::sigaction(signal_, &previous_, nullptr);
  signal_ = 0;
}

void FlockAlarm::Handle(int /*signal*/, siginfo_t* info, void* /*context*/) {
  // Somebody else's does what it would have done: nothing. (An interrupted call
  // is repeated.)
  FlockAlarm* const alarm = current.load(std::memory_order_relaxed);
  if (info->si_code != SI_TIMER || info->si_value.sival_ptr != alarm) return;
  const int saved_errno = errno;
  alarm->gone_off_.store(true, std::memory_order_relaxed);
  // Not every millisecond: it may be a handler of the application that is
  // interrupted, and begins anew each time what takes longer.
  (void)alarm->SetTimer(0, alarm->pause_);
  alarm->pause_ *= 2;
  errno = saved_errno;
}

int FlockAlarm::SetTimer(int flags, int64_t nanoseconds) const {
  struct itimerspec setting = {};
  setting.it_value.tv_sec = static_cast<time_t>(nanoseconds / kSecond);
  setting.it_value.tv_nsec = nanoseconds % kSecond;
  return ::timer_settime(timer_, flags, &setting, nullptr) == 0 ? 0 : errno;
}

}  // namespace internal
}  // namespace lockfile

#else

namespace lockfile {
namespace internal {

int FlockAlarm::Set(int64_t /*nanoseconds*/) { return ENOSYS; }

void FlockAlarm::CallOff() {}

}  // namespace internal
}  // namespace lockfile

#endif
