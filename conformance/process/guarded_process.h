// A process of its own for what may go wrong, and a guard that cleans up after
// it whoever dies first.
//
//   the caller
//     the guard            waits for either end, then ends all that is left
//       the body           and what it starts, and what those start
//
// The body's process, or the caller, may be killed at any moment (SIGKILL, a
// Ctrl-C in the terminal). The guard is a subreaper (PR_SET_CHILD_SUBREAPER,
// prctl(2)) and outlives both for as long as it takes: no descendant of the
// body is left, be it in a session of its own, and the cleanup has run. Should
// the guard itself be killed, the body dies with it, and the descendants come
// up to the caller if that is a subreaper. The body's process is one, too.
//
// The body has a session of its own, and with it a scheduling group of its own
// (sched(7), "The autogroup feature"): processes that take turns many thousand
// times a second on several processors, in one group, have been seen to keep
// others from running for seconds (Linux 6.18). When the caller is stopped by
// Ctrl-Z (SIGTSTP, which comes to the guard as well), so is the body's process,
// until the caller goes on.
//
// The calling process must have a single thread, since the body runs without
// exec. In the guard and the body SIGINT, SIGHUP, SIGQUIT and SIGTERM are
// blocked: from the terminal they come to the caller and the guard, and it is
// for the caller to say what becomes of it.

#ifndef CONFORMANCE_PROCESS_GUARDED_PROCESS_H_
#define CONFORMANCE_PROCESS_GUARDED_PROCESS_H_

#include <signal.h>
#include <sys/types.h>

#include <functional>

#include "absl/status/statusor.h"
#include "conformance/process/ending.h"

namespace conformance {

// The signals by which a person or a service ends a program.
sigset_t EndingSignals();

// The file mode creation mask of a body, whatever ours is (umask(2)): files
// that checks and contenders make have the usual modes.
inline constexpr mode_t kUsualMask = 022;

// With which a guard ends that could not start its process.
inline constexpr int kNoProcessStatus = 75;  // EX_TEMPFAIL (sysexits(3))

class GuardedProcess {
 public:
  // `body` gives the exit status; `cleanup` runs in the guard, after the end of
  // all processes. Internal when there is no process to be had; Unavailable
  // where none can be watched (pidfd_open(2)).
  static absl::StatusOr<GuardedProcess> Start(
      const std::function<int()>& body, const std::function<void()>& cleanup);

  pid_t guard() const { return guard_; }
  // Has the guard end everything.
  void Stop() const;
  // Waits until everything has ended; how the body did.
  Ending Await() const;

 private:
  explicit GuardedProcess(pid_t guard) : guard_(guard) {}

  pid_t guard_;
};

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_GUARDED_PROCESS_H_
