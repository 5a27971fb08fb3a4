// withlock: runs a command while holding a lock file.
//
//   withlock [--wait=DURATION] [--record_owner] PATH -- COMMAND [ARGUMENT...]
//
// The lock is withlock's own. The command doesn't inherit it, nor does anything
// the command leaves running behind it; when the command has ended the lock is
// free. For the same reason the command must not outlive withlock: if withlock
// is killed the kernel kills the command, too (PR_SET_PDEATHSIG; not what the
// command has started in turn).
//
// Under `bazel run`, relative paths mean the folder in which the person typed.
//
// A signal sent to withlock that would end it is passed on to the command, and
// withlock goes on waiting for it. Those from the terminal (Ctrl-C) aren't,
// because the command has got them already.
//
// Exit status: the command's own. If a signal ended it, withlock ends by the
// same signal, so that a shell says 128 + n for either. Otherwise one of
// ExitCode below, which the command might use, too.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/log_severity.h"
#include "absl/log/globals.h"
#include "absl/log/initialize.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "lockfile/lock_file.h"

namespace {

enum ExitCode : int {
  kUsage = 64,             // EX_USAGE of sysexits.h: wrong arguments.
  kSystemError = 71,       // EX_OSERR: no process, or no folder to be in.
  kCannotLock = 73,        // EX_CANTCREAT: the file can't be made or locked.
  kRefused = 75,           // EX_TEMPFAIL: somebody else has the lock.
  kCannotExecute = 126,    // As in a shell: the command can't be executed.
  kCommandNotFound = 127,  // As in a shell: there is no such command.
  kSignalOffset = 128,
};

constexpr char kHelp[] =
    R"(Usage: withlock [--wait=DURATION] [--record_owner] PATH -- COMMAND [ARGUMENT...]

Runs COMMAND while holding the lock file PATH, which is created if it is
missing, and left behind. COMMAND and what it starts don't inherit the lock.

  --wait=DURATION  if somebody else has the lock, wait for it that long:
                   500ms, 10s, 1h30m, inf. Default: 0, give up at once.
  --record_owner   write withlock's pid and host name into the file, so that
                   those who are refused learn who has the lock.
  --help           show this text.

Exit status: COMMAND's, if it was run. If a signal ended it, withlock ends by
the same signal. Otherwise:
  64   wrong usage
  71   no process could be made, or the folder can't be entered
  73   PATH can't be created or locked
  75   somebody else has the lock
  126  COMMAND can't be executed
  127  COMMAND wasn't found
)";

// Signals that would end withlock, and leave the command without the lock.
constexpr int kForwarded[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                              SIGUSR1, SIGUSR2, SIGALRM};

void Say(absl::string_view message) {
  const std::string line = absl::StrCat("withlock: ", message, "\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int FailUsage(absl::string_view message) {
  Say(absl::StrCat(message, "\nTry 'withlock --help'."));
  return kUsage;
}

struct Arguments {
  lockfile::LockFileOptions options;
  const char* path = nullptr;
  char** command = nullptr;  // Ends with a null pointer, as execvp(3) wants it.
};

// Abseil's own flags would take --help and mistakes for themselves, and exit
// with 1. Returns the exit status if there is nothing more to do.
std::optional<int> Parse(char** argv, Arguments* arguments) {
  char** next = argv + 1;
  for (; *next != nullptr && absl::string_view(*next).substr(0, 1) == "-";
       ++next) {
    absl::string_view flag = *next;
    if (flag == "--") break;
    if (flag == "--help" || flag == "-h") {
      std::fputs(kHelp, stdout);
      return std::fflush(stdout) == 0 ? EXIT_SUCCESS : int{kSystemError};
    }
    if (flag == "--record_owner") {
      arguments->options.owner_record = "{pid} {hostname}\n";
    } else if (absl::ConsumePrefix(&flag, "--wait=") ||
               (flag == "--wait" && next[1] != nullptr)) {
      if (flag == "--wait") flag = *++next;
      absl::Duration& wait = arguments->options.wait;
      if (!absl::ParseDuration(flag, &wait) || wait < absl::ZeroDuration()) {
        return FailUsage(absl::StrCat("--wait: ", flag,
                                      " is no duration such as 500ms or 10s"));
      }
    } else {
      return FailUsage(absl::StrCat("unknown flag ", flag));
    }
  }
  if (*next == nullptr || absl::string_view(*next) == "--") {
    return FailUsage("no PATH");
  }
  arguments->path = *next++;
  if (*next == nullptr || absl::string_view(*next) != "--") {
    return FailUsage("after PATH there must be -- and a COMMAND");
  }
  arguments->command = ++next;
  if (*next == nullptr) return FailUsage("no COMMAND after --");
  return std::nullopt;
}

// The signals withlock sees to while the command runs, blocked meanwhile, and
// what has to be put back in the command.
class CommandSignals {
 public:
  CommandSignals() {
    ::sigemptyset(&awaited_);
    ::sigaddset(&awaited_, SIGCHLD);
    for (const int signal : kForwarded) {
      // An ignored signal stays so, in withlock as in the command: nohup(1).
      struct sigaction action;
      ::sigaction(signal, nullptr, &action);
      if (action.sa_handler != SIG_IGN) ::sigaddset(&awaited_, signal);
    }
    ::sigprocmask(SIG_BLOCK, &awaited_, &inherited_mask_);
    // Where SIGCHLD is ignored, wait(2) finds no children, and nothing tells
    // of their end.
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &action, &inherited_sigchld_);
  }

  // In the command's process, before exec.
  void PutBack() const {
    ::sigaction(SIGCHLD, &inherited_sigchld_, nullptr);
    ::sigprocmask(SIG_SETMASK, &inherited_mask_, nullptr);
  }

  // Waits for the command's end, and passes signals on to it. Returns its wait
  // status.
  int AwaitEnd(pid_t command) const {
    while (true) {
      int status = 0;
      if (::waitpid(command, &status, WNOHANG) == command) return status;
      siginfo_t info;
      const int signal = ::sigwaitinfo(&awaited_, &info);
      if (signal == -1 || signal == SIGCHLD) continue;
      // Positive codes are the kernel's: from the terminal, and so sent to the
      // whole foreground process group.
      if (info.si_code <= 0) ::kill(command, signal);
    }
  }

 private:
  sigset_t awaited_;
  sigset_t inherited_mask_;
  struct sigaction inherited_sigchld_;
};

// Becomes the command; or writes to `report` the errno that tells why not.
[[noreturn]] void Exec(char** command, const CommandSignals& signals,
                       pid_t withlock, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have died before that, and then nobody holds the lock.
  if (::getppid() != withlock) ::_exit(kSystemError);
  signals.PutBack();
  ::execvp(command[0], command);
  const int error = errno;
  (void)!::write(report, &error, sizeof(error));
  ::_exit(kCannotExecute);
}

// Ends withlock by `signal`.
int DieBy(int signal) {
  // The command has left its core; ours would overwrite it.
  const struct rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  return kSignalOffset + signal;
}

int Run(char** command, lockfile::LockFile lock) {
  const CommandSignals signals;
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    Say(absl::ErrnoToStatus(errno, "pipe2").message());
    return kSystemError;
  }
  const pid_t withlock = ::getpid();
  const pid_t pid = ::fork();
  if (pid == -1) {
    Say(absl::ErrnoToStatus(errno, "fork").message());
    return kSystemError;
  }
  if (pid == 0) Exec(command, signals, withlock, report[1]);
  ::close(report[1]);
  // The end of the pipe is closed on exec.
  int error = 0;
  const bool executed = ::read(report[0], &error, sizeof(error)) !=
                        static_cast<ssize_t>(sizeof(error));
  ::close(report[0]);
  const int status = signals.AwaitEnd(pid);
  const absl::Status closed = lock.Close();
  if (!closed.ok()) Say(closed.message());
  if (!executed) {
    Say(absl::ErrnoToStatus(error, command[0]).message());
    return error == ENOENT ? kCommandNotFound : kCannotExecute;
  }
  return WIFSIGNALED(status) ? DieBy(WTERMSIG(status)) : WEXITSTATUS(status);
}

// `bazel run` starts a program in its runfiles, and tells where the person was.
// Elsewhere the variable says nothing of us: a program that was itself run by
// Bazel has gone where it wants to lock. Returns false when there is no way.
bool GoWherePersonTyped() {
  const char* typed_in = ::getenv("BUILD_WORKING_DIRECTORY");
  char here[PATH_MAX];
  if (typed_in == nullptr || ::getcwd(here, sizeof(here)) == nullptr ||
      !absl::StrContains(here, ".runfiles/")) {
    return true;
  }
  if (::chdir(typed_in) == 0) return true;
  Say(absl::ErrnoToStatus(errno, typed_in).message());
  return false;
}

}  // namespace

int main(int, char** argv) {
  // withlock says in its own words what the log would say.
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  absl::InitializeLog();
  Arguments arguments;
  const std::optional<int> done = Parse(argv, &arguments);
  if (done.has_value()) return *done;
  if (!GoWherePersonTyped()) return kSystemError;
  absl::StatusOr<lockfile::LockFile> lock =
      lockfile::LockFile::Acquire(arguments.path, arguments.options);
  if (lock.ok()) return Run(arguments.command, *std::move(lock));
  Say(lock.status().message());
  return lockfile::IsRefused(lock.status()) ? kRefused : kCannotLock;
}
