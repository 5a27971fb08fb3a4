// One process that stands still, and clone(2) called in its name.

#include "conformance/explorer/tracing/pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// How waitpid(2) tells of these stops.
constexpr int kCallStop = SIGTRAP | 0x80;
constexpr int kForkStop = SIGTRAP | (PTRACE_EVENT_FORK << 8);

void KillAndReap(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pattern>> Pattern::Make(pid_t process,
                                                       const Streams& streams,
                                                       std::string name,
                                                       absl::Duration deadline,
                                                       int64_t& stops) {
  auto pattern = absl::WrapUnique(
      new Pattern(process, streams, std::move(name), deadline, stops));
  const std::string input = absl::StrCat("/proc/", process, "/fd/0");
  pattern->commands_ = ::open(input.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (pattern->commands_ < 0) return pattern->Failed("no standard input");
  // Out of the call that answered.
  ::ptrace(PTRACE_SYSCALL, process, nullptr, nullptr);
  const absl::StatusOr<int> stop = pattern->WaitFor(process);
  if (!stop.ok()) return stop.status();
  if (*stop != kCallStop || ReadRegisters(process, pattern->registers_) != 0) {
    return pattern->Failed("no registers");
  }
  return pattern;
}

Pattern::~Pattern() {
  if (!gone_) KillAndReap(process_);
  CloseFd(streams_.in);
  CloseFd(streams_.out);
  CloseFd(streams_.err);
  CloseFd(commands_);
}

absl::Status Pattern::Failed(absl::string_view why) const {
  return absl::UnavailableError(
      absl::StrCat("contender ", name_, " can't be copied: ", why));
}

// The next stop of this thread, and of no other: what waitpid(2) says of it.
absl::StatusOr<int> Pattern::WaitFor(pid_t pid) {
  HangLimit hang_limit(deadline_, MonotonicNow());
  for (;;) {
    int status = 0;
    if (::waitpid(pid, &status, __WALL) == pid) {
      ++stops_;
      if (WIFSTOPPED(status)) return status >> 8;
      gone_ |= pid == process_;
      return Failed("it ended meanwhile");
    }
    if (errno != EINTR) {
      return absl::InternalError(absl::StrCat(
          "waiting for a copy of contender ", name_, ": ", ::strerror(errno)));
    }
    const auto runnable = [pid] {
      std::map<pid_t, absl::Duration> threads;
      const std::optional<absl::Duration> ran = RunnableTaskRan(pid, pid);
      if (ran.has_value()) threads[pid] = *ran;
      return threads;
    };
    if (hang_limit.IsOver(MonotonicNow(), runnable)) {
      return Failed("it takes too long");
    }
  }
}

absl::StatusOr<pid_t> Pattern::Clone() {
  // Text that an earlier copy left unread, or unsaid.
  ReadAvailable(commands_);
  ReadAvailable(streams_.out);
  // With CLONE_PARENT it is our child, as the pattern is.
  constexpr uint64_t kCloneParent = 0x8000;
  if (CallClone(process_, registers_,
                kCloneParent | static_cast<uint64_t>(SIGCHLD)) != 0) {
    return Failed("no registers");
  }
  ::ptrace(PTRACE_CONT, process_, nullptr, nullptr);
  absl::StatusOr<int> stop = WaitFor(process_);
  if (!stop.ok()) return stop.status();
  uint64_t message = 0;  // as wide as a register
  if (*stop != kForkStop ||
      ::ptrace(PTRACE_GETEVENTMSG, process_, nullptr, &message) != 0) {
    return Failed("it makes no clone");
  }
  const auto child = static_cast<pid_t>(message);
  stop = WaitFor(child);
  if (!stop.ok()) return stop.status();
  ::ptrace(PTRACE_SYSCALL, process_, nullptr, nullptr);
  stop = WaitFor(process_);
  if (!stop.ok() || *stop != kCallStop ||
      WriteRegisters(child, registers_) != 0) {
    KillAndReap(child);
    return stop.ok() ? Failed("no registers") : stop.status();
  }
  return child;
}

}  // namespace conformance::explorer
