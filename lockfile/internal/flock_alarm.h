// Ends a blocking flock(2) of the calling thread when the time is up.
//
// Nothing but a signal does that. A library has none to spare, as a rule; but
// in a program with one thread, which is inside of this library, nobody else
// can want one: so for as long as the wait lasts, one that does nothing is
// borrowed. It is SIGURG or SIGWINCH, whichever the application has neither a
// handler for nor blocked. Unless they are caught they are ignored (signal(7)),
// so nobody misses one that comes meanwhile. A timer sends it, to this thread
// (timer_create(2), SIGEV_THREAD_ID); a handler that does next to nothing makes
// flock(2) return EINTR (sigaction(2), without SA_RESTART). When the alarm is
// called off, the timer is deleted, and then the handler.
//
// So no handler of the application runs, and nothing is left if it is killed.
// And a waiter is in the kernel's own queue, and woken by the release itself,
// as by any blocking flock(2): a helper (flock_helper.h) would have to be woken
// first. Such a waiter can be interrupted as anybody: by each signal that the
// application catches, and by each that stops it; then it goes to the end of
// the queue.

#ifndef LOCKFILE_INTERNAL_FLOCK_ALARM_H_
#define LOCKFILE_INTERNAL_FLOCK_ALARM_H_

#include <signal.h>
#include <time.h>

#include <atomic>
#include <cstdint>

#include "lockfile/internal/platform.h"

namespace lockfile {
namespace internal {

// Only in a process with one thread, and one at a time. Stays where it is while
// it is set.
class FlockAlarm {
 public:
  FlockAlarm() = default;
  FlockAlarm(const FlockAlarm&) = delete;
  FlockAlarm& operator=(const FlockAlarm&) = delete;
  ~FlockAlarm() { CallOff(); }

  // Sets it to go off at `nanoseconds` on CLOCK_MONOTONIC. Returns 0, or an
  // errno, and it isn't set: ENOTSUP if the application uses both signals, or
  // with ThreadSanitizer, which keeps signals back, or where a timer couldn't
  // be deleted; what timer_create(2) or another system call fails with. ENOSYS
  // elsewhere than on Linux, whose timers alone signal a certain thread.
  int Set(int64_t nanoseconds);

  // Whether it has gone off: then a blocking system call fails with EINTR. Once
  // isn't enough, because it might be the moment before the call; so it goes
  // off again after a millisecond, after two more, after four...
  bool HasGoneOff() const { return gone_off_.load(std::memory_order_relaxed); }

  // Harmless if it isn't set.
  void CallOff();

 private:
#if LOCKFILE_INTERNAL_LINUX
  static void Handle(int signal, siginfo_t* info, void* context);

  // Async-signal-safe.
  int SetTimer(int flags, int64_t nanoseconds) const;

  int signal_ = 0;  // 0: not set
  struct sigaction previous_ = {};
  timer_t timer_ = {};
  int64_t pause_ = 0;  // in nanoseconds, until it goes off again
#endif
  std::atomic<bool> gone_off_{false};
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_FLOCK_ALARM_H_
