// The guard, and what it does when either side ends.

#include "conformance/process/guarded_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/process/children.h"
#include "conformance/process/ending.h"
#include "conformance/process/forked_child.h"
#include "conformance/process/proc.h"

namespace conformance {
namespace {

constexpr int kLookAtCallerMs = 100;

int WaitFor(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Ends this process as another one ended.
[[noreturn]] void EndLike(int status) {
  const Ending ending = Ending::FromWaitStatus(status);
  if (ending.kind == Ending::Kind::kKilled) {
    // The other one has left its core; ours would overwrite it.
    const struct rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::signal(ending.code, SIG_DFL);
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, ending.code);
    ::raise(ending.code);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  }
  ::_exit(ending.code);
}

[[noreturn]] void RunBody(const std::function<int()>& body, pid_t guard) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have died before the line above.
  if (::getppid() != guard) ::_exit(1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::setsid();
  ::umask(kUsualMask);
  ::_exit(body());
}

[[noreturn]] void RunGuard(const std::function<int()>& body,
                           const std::function<void()>& cleanup, pid_t caller) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t guard = ::getpid();
  sigset_t told;
  ::sigemptyset(&told);
  for (const int signal : {SIGTERM, SIGTSTP, SIGCONT}) {
    ::sigaddset(&told, signal);
  }
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &told, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    RunBody(body, guard);
  }
  if (pid < 0) {
    cleanup();
    ::_exit(kNoProcessStatus);
  }
  // A pipe from the body to the caller shall end with the body.
  CloseDescriptorsFrom(STDERR_FILENO + 1);
  const int body_fd = OpenPidfd(pid);
  const int caller_fd = OpenPidfd(caller);
  // Asked after opening: while it is our parent, the number is no other's.
  const bool orphaned = ::getppid() != caller;
  const int told_fd = ::signalfd(-1, &told, SFD_CLOEXEC | SFD_NONBLOCK);
  std::array<pollfd, 3> fds = {
      {{body_fd, POLLIN, 0}, {caller_fd, POLLIN, 0}, {told_fd, POLLIN, 0}}};
  bool stopped = false;
  while (!orphaned) {
    const int ready =
        ::poll(fds.data(), fds.size(), stopped ? kLookAtCallerMs : -1);
    if (ready < 0 && errno != EINTR) break;
    if (ready > 0 && (fds[0].revents != 0 || fds[1].revents != 0)) break;
    struct signalfd_siginfo info = {};
    if (ready > 0 && ::read(told_fd, &info, sizeof(info)) < 0) continue;
    if (info.ssi_signo == SIGTERM) break;
    if (info.ssi_signo == SIGTSTP) {
      ::kill(pid, SIGSTOP);
      stopped = true;
    } else if (stopped && ProcessState(caller) != 'T') {
      // It goes on, or has never taken notice of the signal.
      ::kill(pid, SIGCONT);
      stopped = false;
    }
  }
  if (fds[0].revents == 0) ::kill(pid, SIGKILL);
  const int status = WaitFor(pid);
  KillChildren();
  cleanup();
  EndLike(status);
}

}  // namespace

sigset_t EndingSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int s : {SIGINT, SIGHUP, SIGQUIT, SIGTERM}) {
    ::sigaddset(&signals, s);
  }
  return signals;
}

absl::StatusOr<GuardedProcess> GuardedProcess::Start(
    const std::function<int()>& body, const std::function<void()>& cleanup) {
  // Without it a guard would wait for ever.
  const int myself = OpenPidfd(::getpid());
  if (myself < 0) {
    return absl::UnavailableError(absl::StrCat(
        "pidfd_open(2): ", ::strerror(errno),
        "; processes can't be watched here: that takes Linux 5.3, and no "
        "filter, such as a container's, that forbids it"));
  }
  ::close(myself);
  const sigset_t blocked = EndingSignals();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const pid_t caller = ::getpid();
  const pid_t guard = ::fork();
  const int error = errno;
  if (guard == 0) RunGuard(body, cleanup, caller);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (guard < 0) {
    return absl::InternalError(absl::StrCat("fork: ", ::strerror(error)));
  }
  return GuardedProcess(guard);
}

void GuardedProcess::Stop() const { ::kill(guard_, SIGTERM); }

Ending GuardedProcess::Await() const {
  return Ending::FromWaitStatus(WaitFor(guard_));
}

}  // namespace conformance
