// Calls made, skipped and watched.

#include "conformance/explorer/tracing/pending_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/registers.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// Of so many flock(2) whose result is foreseen, one is looked at.
constexpr int64_t kPassedLocks = 16;

}  // namespace

absl::StatusOr<Task*> PendingCalls::Front(ActorId id) {
  Task* const front = table_.Front(id);
  if (front == nullptr) {
    return absl::InternalError(absl::StrCat("contender ",
                                            LetterOf(id.contender),
                                            " stands before no visible call"));
  }
  return front;
}

absl::StatusOr<CallResult> PendingCalls::Perform(ActorId id) {
  const absl::StatusOr<Task*> task = Front(id);
  if (!task.ok()) return task.status();
  if ((*task)->call.sleeps && !naps_take_time_) return Skip(**task, 0);
  return Make(**task);
}

absl::StatusOr<CallResult> PendingCalls::Pass(ActorId id) {
  const absl::StatusOr<Task*> front = Front(id);
  if (!front.ok()) return front.status();
  Task& task = **front;
  Actor& actor = table_.ActorOf(task);
  const bool locks = task.call.operation() == Operation::kFlock;
  // Others of its threads would go on before it is made.
  bool passes = actor.tasks == 1 && actor.answers.empty();
  // One flock(2) in a few is performed all the same; if any isn't what was
  // foreseen, because somebody who isn't traced has locked the file, none is
  // foreseen from then on.
  if (locks) passes &= foresees_locks_ && ++passed_locks_ % kPassedLocks != 0;
  const std::optional<int64_t> foreseen =
      passes ? model_.Foresee(task.process, task.call) : std::nullopt;
  if (!foreseen.has_value()) return Perform(id);
  actor.pending.pop_front();
  task.visited = true;
  task.state = Task::State::kAtExit;  // it goes on when it is released
  return CallResult{
      *foreseen, model_.Apply(task.process, task.call, *foreseen), {}};
}

absl::StatusOr<CallResult> PendingCalls::Make(Task& task) {
  const pid_t tid = task.tid;
  const ActorId id = task.actor;
  const Call call = task.call;
  const pid_t process = task.process;
  Actor& actor = table_.ActorOf(task);
  const std::optional<int64_t> foreseen = call.operation() == Operation::kFlock
                                              ? model_.Foresee(process, call)
                                              : std::nullopt;
  actor.pending.pop_front();
  task.visited = true;
  task.to_exit = true;
  task.state = Task::State::kRunning;
  events_.Continue(task);
  HangLimit hang_limit(deadline_, MonotonicNow());
  CallResult performed;
  for (;;) {
    if (absl::Status status = events_.status(); !status.ok()) return status;
    const Task* const after =
        table_.FindTask(call.operation() == Operation::kExec ? process : tid);
    if (after == nullptr) break;  // by exit, or killed
    if (after->state == Task::State::kAtExit) {
      performed.result = after->result;
      foresees_locks_ &=
          performed.result == foreseen.value_or(performed.result);
      performed.footprint = model_.Apply(process, call, performed.result);
      if (call.operation() == Operation::kStat && performed.result == 0) {
        const FileModel::File* const file = model_.FileOf(process, call);
        if (file != nullptr && file->was_there) {
          SetTimesBack(tid, call, file->unchanged);
        }
      }
      break;
    }
    absl::StatusOr<WaitResult> waited = events_.Wait(id, hang_limit);
    if (!waited.ok()) return waited.status();
    performed.wait = *std::move(waited);
    if (performed.wait.in_vain()) return performed;
  }
  Actor* const victim =
      call.operation() == Operation::kKill && call.actor.has_value()
          ? table_.Find(*call.actor)
          : nullptr;
  if (victim != nullptr) {
    absl::StatusOr<TraceEvents::Noticed> died =
        events_.NoticeDeaths(*call.actor, hang_limit);
    if (!died.ok()) return died.status();
    performed.wait = std::move(died->wait);
    if (performed.wait.in_vain()) return performed;
    performed.footprint.Add(std::exchange(victim->freed, Footprint()));
  }
  performed.footprint.Add(std::exchange(actor.freed, Footprint()));
  return performed;
}

absl::StatusOr<CallResult> PendingCalls::Skip(Task& task, int64_t result) {
  if (const int error = SkipCall(task.tid, result); error != 0) {
    if (error == ESRCH) return Make(task);  // it has been killed
    return absl::InternalError(
        absl::StrCat("contender ", LetterOf(task.actor.contender),
                     ": skipping a call: ", ::strerror(error)));
  }
  table_.ActorOf(task).pending.pop_front();
  task.visited = true;
  task.state = Task::State::kAtExit;
  task.result = result;
  return CallResult{result, model_.Apply(task.process, task.call, result), {}};
}

absl::StatusOr<CallResult> PendingCalls::Fail(ActorId id, int error,
                                              int partial) {
  const absl::StatusOr<Task*> task = Front(id);
  if (!task.ok()) return task.status();
  const pid_t tid = (*task)->tid;
  const Operation operation = (*task)->call.operation();
  if (operation == Operation::kExit) {
    return absl::FailedPreconditionError("an exit can't fail");
  }
  const bool made = operation == Operation::kClose || partial >= 0;
  if (!made) return Skip(**task, -error);
  absl::StatusOr<CallResult> performed =
      partial >= 0 ? Shorten(id, static_cast<uint64_t>(partial)) : Make(**task);
  if (!performed.ok() || performed->wait.in_vain() ||
      table_.FindTask(tid) == nullptr) {
    return performed;
  }
  SetResult(tid, -error);
  performed->result = -error;
  return performed;
}

absl::StatusOr<CallResult> PendingCalls::Shorten(ActorId id, uint64_t bytes) {
  const absl::StatusOr<Task*> task = Front(id);
  if (!task.ok()) return task.status();
  const Call& call = (*task)->call;
  if (call.type->name != "write" && call.type->name != "pwrite64") {
    return absl::FailedPreconditionError(
        absl::StrCat(call.type->name, " can't be cut short"));
  }
  const uint64_t whole = call.args[2];
  const pid_t tid = (*task)->tid;
  if (bytes >= whole) return Make(**task);
  SetArgument(tid, 2, bytes);
  absl::StatusOr<CallResult> performed = Make(**task);
  if (table_.FindTask(tid) != nullptr) SetArgument(tid, 2, whole);
  return performed;
}

bool PendingCalls::WouldBlock(ActorId id) const {
  const Task* const front = table_.Front(id);
  if (front == nullptr || !front->call.blocking) return false;
  const Task& task = *front;
  const FileModel::Description* const description =
      model_.Find(task.process, task.call.fd);
  if (description == nullptr || description->answers()) return false;
  // Asking through another description would be refused because of this one's
  // own lock. Others that have one are known to the model_.
  if (description->flock != 0) {
    return task.call.command == LOCK_EX && model_.OthersHaveFlock(*description);
  }
  return LockIsTaken(task.process, task.call);
}

Footprint PendingCalls::WaitsFor(ActorId id) const {
  Footprint footprint;
  const Task* const front = table_.Front(id);
  if (front == nullptr) return footprint;
  const FileModel::Description* const description =
      model_.Find(front->process, front->call.fd);
  if (description != nullptr && !description->answers()) {
    footprint.Read(ObjectOf(Object::Kind::kLock, *description->file));
  }
  return footprint;
}

bool PendingCalls::Converts(ActorId id) const {
  const Task* const front = table_.Front(id);
  if (front == nullptr || front->call.operation() != Operation::kFlock) {
    return false;
  }
  const FileModel::Description* const description =
      model_.Find(front->process, front->call.fd);
  return description != nullptr && description->flock == LOCK_SH &&
         front->call.command == LOCK_EX;
}

}  // namespace conformance::explorer
