// Contenders that are copied instead of started.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/patience.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/history.h"

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

int Duplicate(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }

}  // namespace

// The next stop of this thread, and of no other: what waitpid(2) says of it.
absl::StatusOr<int> Tracer::WaitFor(pid_t pid, int number) {
  Patience patience(options_.deadline, MonotonicNow());
  for (;;) {
    int status = 0;
    if (::waitpid(pid, &status, __WALL) == pid) {
      ++stops_;
      if (WIFSTOPPED(status)) return status >> 8;
      return absl::UnavailableError(absl::StrCat("contender ", Letter(number),
                                                 " ended while it was copied"));
    }
    if (errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("waiting for a copy of contender ", Letter(number), ": ",
                       ::strerror(errno)));
    }
    const auto runnable = [pid] {
      std::map<pid_t, absl::Duration> threads;
      const std::optional<absl::Duration> ran = RunnableTaskRan(pid, pid);
      if (ran.has_value()) threads[pid] = *ran;
      return threads;
    };
    if (patience.IsOver(MonotonicNow(), runnable)) {
      return absl::UnavailableError(absl::StrCat("contender ", Letter(number),
                                                 " can't be copied in time"));
    }
  }
}

absl::StatusOr<bool> Tracer::Keep(int number) {
  const auto found = actors_.find(number);
  if (found == actors_.end() || !found->second.lives) return false;
  Actor& actor = found->second;
  const pid_t pid = actor.main;
  const auto task = tasks_.find(pid);
  if (actor.tasks != 1 || actor.locking != pid || !actor.lines.empty() ||
      !actor.output.empty() || task == tasks_.end() ||
      task->second.state != Task::State::kAtAnswer ||
      model_.OpenDescriptors(number) > 0) {
    return false;
  }
  const std::string input = absl::StrCat("/proc/", pid, "/fd/0");
  Pattern pattern;
  pattern.commands = ::open(input.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (pattern.commands < 0) return false;
  DropPattern(number);
  pattern.pid = pid;
  pattern.in = std::exchange(actor.in, -1);
  pattern.out = std::exchange(actor.out, -1);
  pattern.err = std::exchange(actor.err, -1);
  // From here on it is nobody's.
  tasks_.erase(task);
  processes_.erase(pid);
  model_.End(pid);
  actors_.erase(found);
  patterns_[number] = pattern;
  // Out of the call that answered, which it need not make.
  ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr);
  const absl::StatusOr<int> stop = WaitFor(pid, number);
  if (!stop.ok() || *stop != kCallStop ||
      ReadRegisters(pid, patterns_[number].registers) != 0) {
    DropPattern(number);
    return stop.ok() ? absl::UnavailableError(absl::StrCat(
                           "contender ", Letter(number), " can't be copied"))
                     : stop.status();
  }
  return true;
}

absl::StatusOr<pid_t> Tracer::Clone(const Pattern& pattern, int number) {
  const auto failed = [&](absl::string_view what) {
    return absl::UnavailableError(
        absl::StrCat("contender ", Letter(number), " can't be copied: ", what));
  };
  // With CLONE_PARENT it is our child, as the pattern is.
  constexpr uint64_t kCloneParent = 0x8000;
  if (CallClone(pattern.pid, pattern.registers,
                kCloneParent | static_cast<uint64_t>(SIGCHLD)) != 0) {
    return failed("no registers");
  }
  ::ptrace(PTRACE_CONT, pattern.pid, nullptr, nullptr);
  absl::StatusOr<int> stop = WaitFor(pattern.pid, number);
  if (!stop.ok()) return stop.status();
  uint64_t message = 0;  // as wide as a register
  if (*stop != kForkStop ||
      ::ptrace(PTRACE_GETEVENTMSG, pattern.pid, nullptr, &message) != 0) {
    return failed("it makes no clone");
  }
  const auto child = static_cast<pid_t>(message);
  stop = WaitFor(child, number);
  if (!stop.ok()) return stop.status();
  ::ptrace(PTRACE_SYSCALL, pattern.pid, nullptr, nullptr);
  stop = WaitFor(pattern.pid, number);
  if (!stop.ok() || *stop != kCallStop ||
      WriteRegisters(child, pattern.registers) != 0) {
    KillAndReap(child);
    return stop.ok() ? failed("no registers") : stop.status();
  }
  return child;
}

absl::Status Tracer::StartCopy(int number) {
  const auto found = patterns_.find(number);
  if (found == patterns_.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no pattern of contender ", Letter(number)));
  }
  if (actors_.count(number) != 0) {
    const absl::StatusOr<Footprint> killed = Kill(number);
    if (!killed.ok()) return killed.status();
  }
  const Pattern& pattern = found->second;
  // What an earlier copy left unread, or unsaid.
  ReadAvailable(pattern.commands);
  ReadAvailable(pattern.out);
  const absl::StatusOr<pid_t> child = Clone(pattern, number);
  if (!child.ok()) {
    DropPattern(number);
    return child.status();
  }
  ::setpgid(*child, *child);
  Actor& actor = actors_[number];
  CloseFd(actor.in);
  CloseFd(actor.out);
  CloseFd(actor.err);
  actor = Actor();
  actor.in = Duplicate(pattern.in);
  actor.out = Duplicate(pattern.out);
  actor.err = Duplicate(pattern.err);
  actor.lives = actor.copied = true;
  actor.main = actor.locking = *child;
  actor.tasks = 1;
  Task& task = tasks_[*child];
  task = Task();
  task.tid = task.process = *child;
  task.actor = number;
  task.state = Task::State::kAtAnswer;
  processes_[*child] = {number, "", 1};
  model_.Start(*child, number);
  return absl::OkStatus();
}

void Tracer::DropPattern(int number) {
  const auto found = patterns_.find(number);
  if (found == patterns_.end()) return;
  Pattern pattern = found->second;
  patterns_.erase(found);
  KillAndReap(pattern.pid);
  CloseFd(pattern.in);
  CloseFd(pattern.out);
  CloseFd(pattern.err);
  CloseFd(pattern.commands);
}

}  // namespace conformance::explorer
