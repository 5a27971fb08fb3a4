// Waits, and a case for each event of ptrace(2).

#include "conformance/explorer/tracing/trace_events.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/filter.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/visibility.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/ending.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// Rounds in which a contender's other threads may come to rest, each of them
// long enough for all that are ready to run.
constexpr int kSettlingRounds = 500;

// Of who sleeps for a time: for a rule of 30 s with the usual deadline.
constexpr int kLimitsMoreForSleepers = 3;

}  // namespace

absl::StatusOr<WaitResult> TraceEvents::WaitUntil(absl::Duration end,
                                                  ActorId id,
                                                  HangLimit& hang_limit) {
  Actor& actor = *table_.Find(id);
  // The only thread that can come to a stop is asked for alone, so that a wait
  // takes in nothing of the others. A killed process isn't told of before its
  // threads are.
  const pid_t only = actor.tasks == 1 ? table_.AnyTask(id)->tid : -1;
  for (;;) {
    int status = 0;
    const pid_t tid = ::waitpid(only, &status, __WALL);
    if (tid > 0) {
      Handle(tid, status);
      return WaitResult();
    }
    if (errno != EINTR) {
      return absl::InternalError(absl::StrCat("waiting for contender ",
                                              LetterOf(id.contender), ": ",
                                              ::strerror(errno)));
    }
    // For answers that didn't go through a write that we could read.
    actor.answers.Take(ReadAvailable(actor.out));
    if (!actor.answers.empty()) return WaitResult();
    if (MonotonicNow() >= end) return WaitResult::TimeIsUp();
    if (hang_limit.IsOver(MonotonicNow(), [&] { return RunnableTasks(id); })) {
      // It may have come to a stop just now.
      const pid_t late = ::waitpid(only, &status, __WALL | WNOHANG);
      if (late > 0) {
        Handle(late, status);
        return WaitResult();
      }
      // One that has said for how long it sleeps may do so by its rules.
      if (!actor.input_ended && SomeWillWakeUp(id) &&
          hang_limit.Extend(kLimitsMoreForSleepers)) {
        continue;
      }
      return WaitResult::Hangs(absl::StrCat(
          "contender ", LetterOf(id.contender),
          " neither answers nor comes to a ", "visible call within ",
          absl::FormatDuration(hang_limit.limit()), ":\n",
          DescribeThreads(id)));
    }
  }
}

std::map<pid_t, absl::Duration> TraceEvents::RunnableTasks(ActorId id) const {
  std::map<pid_t, absl::Duration> runnable;
  for (const Task* const task : table_.TasksOf(id)) {
    const std::optional<absl::Duration> ran =
        RunnableTaskRan(task->process, task->tid);
    if (ran.has_value()) runnable[task->tid] = *ran;
  }
  return runnable;
}

void TraceEvents::Release(ActorId id) {
  const auto release = [this](Task& task) {
    if (task.state != Task::State::kAtExit &&
        task.state != Task::State::kAtAnswer) {
      return;
    }
    task.state = Task::State::kRunning;
    Continue(task);
  };
  if (table_.Find(id)->tasks == 1) {
    release(*table_.AnyTask(id));
    return;
  }
  for (Task* const task : table_.TasksOf(id)) release(*task);
}

bool TraceEvents::IsSettled(ActorId id) const {
  // Only another process can have killed who stands before a call.
  const bool helpers = table_.HasHelpers(id);
  const std::vector<Task*> tasks = table_.TasksOf(id);
  return std::all_of(tasks.begin(), tasks.end(), [&](const Task* task) {
    if (task->spawning) return true;
    switch (task->state) {
      case Task::State::kRunning:
        return TaskIsAsleep(task->process, task->tid);
      case Task::State::kAtCall:
        return !helpers || TaskIsStopped(task->process, task->tid);
      case Task::State::kAtAnswer:
      case Task::State::kAtExit:
        break;
    }
    return true;
  });
}

void TraceEvents::Settle(ActorId id) {
  if (table_.Find(id)->tasks <= 1) return;
  for (int i = 0; i < kSettlingRounds; ++i) {
    if (Take(WNOHANG) > 0) continue;
    if (IsSettled(id)) return;
    ::sched_yield();
  }
}

pid_t TraceEvents::Take(int flags) {
  int status = 0;
  const pid_t tid = ::waitpid(-1, &status, __WALL | flags);
  if (tid > 0) Handle(tid, status);
  return tid;
}

absl::StatusOr<TraceEvents::Noticed> TraceEvents::NoticeDeaths(
    ActorId id, HangLimit& hang_limit) {
  const Actor* const found = table_.Find(id);
  Noticed noticed;
  if (found == nullptr) return noticed;
  const Actor& actor = *found;
  const auto stands = [this](pid_t tid) {
    const Task* const task = table_.FindTask(tid);
    return task != nullptr && TaskIsStopped(task->process, tid);
  };
  while (!std::all_of(actor.pending.begin(), actor.pending.end(), stands)) {
    noticed.any = true;
    absl::StatusOr<WaitResult> waited = Wait(id, hang_limit);
    if (!waited.ok()) return waited.status();
    noticed.wait = *std::move(waited);
    if (noticed.wait.in_vain()) break;
  }
  return noticed;
}

bool TraceEvents::SomeWillWakeUp(ActorId id) const {
  const std::vector<Task*> tasks = table_.TasksOf(id);
  return std::any_of(tasks.begin(), tasks.end(), [](const Task* task) {
    return task->state == Task::State::kRunning &&
           SleepsForATime(task->process, task->tid);
  });
}

void TraceEvents::Continue(const Task& task, int signal) {
  // ESRCH: it has been killed, and the next wait tells.
  ::ptrace(task.to_exit ? PTRACE_SYSCALL : PTRACE_CONT, task.tid, nullptr,
           signal);
}

std::string TraceEvents::DescribeThreads(ActorId id) const {
  std::string text;
  for (const pid_t pid : table_.ProcessesOf(id)) {
    absl::StrAppend(&text, DescribeThreadsOf(pid));
  }
  return text;
}

absl::Status TraceEvents::status() const {
  return broken_.empty() ? absl::OkStatus() : absl::UnavailableError(broken_);
}

// --- Events

void TraceEvents::Handle(pid_t tid, int status) {
  ++stops_;
  Task* found = table_.FindTask(tid);
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    if (found != nullptr) Remove(tid, status);
    return;
  }
  if (found == nullptr) found = Adopt(tid);
  if (found == nullptr) {
    // Nobody's: it can't go on untraced, with a filter that stops it.
    ::kill(tid, SIGKILL);
    return;
  }
  Task& task = *found;
  const int signal = WSTOPSIG(status);
  uint64_t message = 0;  // as wide as a register
  switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
      HandleCall(task);
      return;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      if (::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message) == 0) {
        const auto child = static_cast<pid_t>(message);
        if (table_.FindTask(child) == nullptr) Adopt(child);
      }
      task.spawning = (status >> 16) == PTRACE_EVENT_VFORK;
      Continue(task);
      return;
    case PTRACE_EVENT_VFORK_DONE:
      task.spawning = false;
      Continue(task);
      return;
    case PTRACE_EVENT_EXEC:
      HandleExec(tid);
      return;
    case PTRACE_EVENT_STOP:
      if (signal == SIGTRAP) {
        Continue(task);  // the first stop of a new thread
      } else {
        ::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);  // stopped by a signal
      }
      return;
    default:
      break;
  }
  if (signal == (SIGTRAP | 0x80)) {
    HandleExit(task);
  } else {
    Continue(task, signal);
  }
}

// A thread or child that we meet for the first time; nullptr when it is of no
// contender.
Task* TraceEvents::Adopt(pid_t tid) {
  const pid_t process = ThreadGroupOf(tid);
  if (process == 0) return nullptr;
  if (table_.FindProcess(process) == nullptr) {
    pid_t parent = ParentOf(process);
    if (table_.FindProcess(parent) == nullptr) {
      // The parent has ended meanwhile.
      parent = GroupOf(process);
      if (table_.FindProcess(parent) == nullptr) return nullptr;
    }
    model_.Fork(parent, process);
    table_.AddProcess(process, parent);
  }
  return &table_.AddTask(tid, process);
}

void TraceEvents::Remove(pid_t tid, int status) {
  const Task task = table_.Remove(tid);
  if (table_.FindProcess(task.process) != nullptr) return;
  Actor& actor = table_.ActorOf(task);
  actor.freed.Add(model_.End(task.process));
  if (task.actor.survives() ||
      (actor.input_ended && actor.IsKnownBy(task.process))) {
    actor.freed.Write(Object::Process(task.actor.ToString()));
  }
  if (actor.IsKnownBy(task.process)) {
    actor.lives = false;
    // A helper may be told to end by a signal.
    if (!actor.input_ended || task.process == actor.main) {
      actor.ending = Ending::FromWaitStatus(status);
    }
  }
}

void TraceEvents::HandleExec(pid_t tid) {
  uint64_t message = 0;  // as wide as a register
  ::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &message);
  Task& now = table_.Execute(tid, static_cast<pid_t>(message));
  // Where others may notice, the call is visible, and its result tells.
  if (!now.to_exit) model_.Exec(tid);
  Continue(now);
}

void TraceEvents::HandleExit(Task& task) {
  __ptrace_syscall_info info = {};
  ::ptrace(PTRACE_GET_SYSCALL_INFO, task.tid, sizeof(info), &info);
  if (info.op != PTRACE_SYSCALL_INFO_EXIT || !task.to_exit) {
    Continue(task);
    return;
  }
  task.to_exit = false;
  task.result = info.exit.rval;
  if (task.quiet) {
    task.quiet = false;
    model_.Apply(task.process, task.call, task.result);
    Continue(task);
    return;
  }
  task.state = Task::State::kAtExit;
}

void TraceEvents::HandleCall(Task& task) {
  __ptrace_syscall_info info = {};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, task.tid, sizeof(info), &info) <= 0) {
    if (errno != ESRCH) {
      broken_ = absl::StrCat("PTRACE_GET_SYSCALL_INFO (Linux 5.3): ",
                             ::strerror(errno));
    }
    return;
  }
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP ||
      info.seccomp.ret_data != kKnownCall) {
    broken_ = absl::StrCat(
        "contender ", LetterOf(task.actor.contender),
        " is a program of another kind (32 bits?), which can't be traced");
    return;
  }
  Call& call = task.call;
  call = Call();
  call.type = FindCallType(info.seccomp.nr);
  if (call.type == nullptr) {
    Continue(task);
    return;
  }
  std::copy(std::begin(info.seccomp.args), std::end(info.seccomp.args),
            call.args.begin());
  decoder_.Decode({task.tid, task.process, task.actor}, task.call);
  const FileModel::Description* const target =
      call.fd >= 0 ? model_.Find(task.process, call.fd) : nullptr;
  const bool answers = target != nullptr && target->answers();
  if (call.operation() == Operation::kWrite && answers) {
    HandleWrite(task);
    return;
  }
  if (IsVisible(task, target, table_, model_)) {
    task.state = Task::State::kAtCall;
    table_.ActorOf(task).pending.push_back(task.tid);
    return;
  }
  switch (call.operation()) {
    case Operation::kChangeDir:
      table_.FindProcess(task.process)->directory.clear();
      break;
    case Operation::kClose:
      if (answers) model_.Apply(task.process, call, 0);
      break;
    case Operation::kCloseRange:
      model_.Apply(task.process, call, 0);
      break;
    case Operation::kDup:
    case Operation::kFcntl:
      // Nobody else can notice, but we must know.
      if (call.fd >= 0 || call.fd2 >= 0) {
        task.to_exit = true;
        task.quiet = true;
      }
      break;
    default:
      break;
  }
  Continue(task);
}

// An answer, or a part of one, which is taken here and written nowhere.
void TraceEvents::HandleWrite(Task& task) {
  const Call& call = task.call;
  std::string bytes;
  if (call.type->name == "write") {
    // Of more than a line can have, a part, as if it were cut short.
    const size_t size =
        std::min<uint64_t>(call.args[2], uint64_t{kMaxLineBytes});
    bytes = explorer::ReadMemory(task.tid, call.args[1], size);
    if (bytes.size() != size) bytes.clear();
  } else if (call.type->name == "writev") {
    bytes = ReadVector(task.tid, call.args[1], call.args[2]);
  }
  if (bytes.empty() || bytes.size() > kMaxLineBytes ||
      SkipCall(task.tid, static_cast<int64_t>(bytes.size())) != 0) {
    Continue(task);  // comes out of the pipe
    return;
  }
  if (table_.ActorOf(task).answers.Take(bytes)) {
    task.state = Task::State::kAtAnswer;
  } else {
    Continue(task);
  }
}

}  // namespace conformance::explorer
