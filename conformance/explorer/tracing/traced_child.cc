// Fork, filter, trace and run.

#include "conformance/explorer/tracing/traced_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/explorer/tracing/filter.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/process/forked_child.h"

namespace conformance::explorer {
namespace {

// The pipes between us and a contender.
struct Plumbing {
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  int go[2] = {-1, -1};      // says that it is traced by now
  int report[2] = {-1, -1};  // says why it couldn't start
  int error = -1;            // a file in memory: nobody need empty it
};

constexpr int kTraceOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
                              PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                              PTRACE_O_TRACEEXEC | PTRACE_O_TRACEVFORKDONE;

// LeakSanitizer stops the world by ptrace itself, and aborts where it can't.
void LetLeaksBe() {
  const char* const old = ::getenv("LSAN_OPTIONS");
  const std::string options =
      absl::StrCat(old == nullptr ? "" : old, ":detect_leaks=0");
  ::setenv("LSAN_OPTIONS", options.c_str(), 1);
}

// The child's end of everything. In `report` it says why it failed.
[[noreturn]] void RunChild(const ContenderSource& source,
                           const StartOptions& options, const Plumbing& pipes,
                           pid_t parent) {
  ::setpgid(0, 0);
  ::close(pipes.go[1]);
  // Until we are traced; the end of our parent ends the wait.
  char go = 0;
  ssize_t n = 0;
  do {
    n = ::read(pipes.go[0], &go, 1);
  } while (n < 0 && errno == EINTR);
  if (n != 1 || ::getppid() != parent) ::_exit(127);
  TakeEnds({pipes.in[0], pipes.out[1], pipes.error, pipes.report[1]});
  ResetSignals();
  LetLeaksBe();
  if (options.obey_permissions && !ObeyPermissions()) {
    FailToStart("giving up the right to override permissions", errno);
  }
  if (const int error = InstallFilter(); error != 0) {
    FailToStart("seccomp is forbidden here", error);
  }
  const int error = RunProgram(source.command, source.main);
  FailToStart(source.command[0], error);
}

}  // namespace

absl::StatusOr<TracedChild> StartTracedChild(const ContenderSource& source,
                                             const StartOptions& options,
                                             absl::string_view name) {
  Plumbing pipes;
  const auto close_all = [&pipes] {
    for (int* ends : {pipes.in, pipes.out, pipes.go, pipes.report}) {
      CloseFd(ends[0]);
      CloseFd(ends[1]);
    }
    CloseFd(pipes.error);
  };
  pipes.error = ::memfd_create("standard error", MFD_CLOEXEC);
  if (pipes.error < 0 || ::pipe2(pipes.in, O_CLOEXEC) != 0 ||
      ::pipe2(pipes.out, O_CLOEXEC) != 0 || ::pipe2(pipes.go, O_CLOEXEC) != 0 ||
      ::pipe2(pipes.report, O_CLOEXEC | O_NONBLOCK) != 0) {
    const int error = errno;
    close_all();
    return absl::InternalError(
        absl::StrCat("pipes for contender ", name, ": ", ::strerror(error)));
  }
  // Several processes write to it, each at its end.
  ::fcntl(pipes.error, F_SETFL, O_APPEND);
  ::fcntl(pipes.out[0], F_SETFL, O_NONBLOCK);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    close_all();
    return absl::InternalError(absl::StrCat("fork: ", ::strerror(error)));
  }
  if (child == 0) RunChild(source, options, pipes, parent);
  ::setpgid(child, child);
  if (::ptrace(PTRACE_SEIZE, child, nullptr, kTraceOptions) != 0) {
    const int error = errno;
    close_all();  // which ends the child
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return absl::UnavailableError(absl::StrCat(
        "ptrace is forbidden here, so contenders can't be traced: ",
        ::strerror(error)));
  }
  while (::write(pipes.go[1], "g", 1) < 0 && errno == EINTR) {
  }
  TracedChild started;
  started.process = child;
  started.in = std::exchange(pipes.in[1], -1);
  started.out = std::exchange(pipes.out[0], -1);
  started.err = std::exchange(pipes.error, -1);
  started.report = std::exchange(pipes.report[0], -1);
  close_all();
  return started;
}

}  // namespace conformance::explorer
