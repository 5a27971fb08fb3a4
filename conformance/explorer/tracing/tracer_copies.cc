// Contenders that are copied instead of started.

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/pattern.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"

namespace conformance::explorer {
namespace {

int Duplicate(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }

}  // namespace

absl::StatusOr<bool> Tracer::Keep(ActorId id) {
  const auto found = actors_.find(id);
  if (found == actors_.end() || !found->second.lives) return false;
  Actor& actor = found->second;
  const pid_t pid = actor.main;
  const auto task = tasks_.find(pid);
  if (actor.tasks != 1 || actor.locking != pid || !actor.lines.empty() ||
      !actor.output.empty() || task == tasks_.end() ||
      task->second.state != Task::State::kAtAnswer ||
      model_.OpenDescriptors(id.contender) > 0) {
    return false;
  }
  const Pattern::Streams streams = {actor.in, actor.out, actor.err};
  // From here on it is nobody's.
  tasks_.erase(task);
  processes_.erase(pid);
  model_.End(pid);
  actors_.erase(found);
  patterns_.erase(id);
  absl::StatusOr<std::unique_ptr<Pattern>> pattern = Pattern::Make(
      pid, streams, LetterOf(id.contender), options_.deadline, stops_);
  if (!pattern.ok()) return pattern.status();
  patterns_[id] = *std::move(pattern);
  return true;
}

absl::Status Tracer::StartCopy(ActorId id) {
  const auto found = patterns_.find(id);
  if (found == patterns_.end()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no pattern of contender ", LetterOf(id.contender)));
  }
  if (actors_.count(id) != 0) {
    const absl::StatusOr<Footprint> killed = Kill(id);
    if (!killed.ok()) return killed.status();
  }
  const absl::StatusOr<pid_t> child = found->second->Clone();
  if (!child.ok()) {
    patterns_.erase(found);
    return child.status();
  }
  ::setpgid(*child, *child);
  Actor& actor = actors_[id];
  CloseFd(actor.in);
  CloseFd(actor.out);
  CloseFd(actor.err);
  actor = Actor();
  const Pattern::Streams& streams = found->second->streams();
  actor.in = Duplicate(streams.in);
  actor.out = Duplicate(streams.out);
  actor.err = Duplicate(streams.err);
  actor.lives = actor.copied = true;
  actor.main = actor.locking = *child;
  actor.tasks = 1;
  Task& task = tasks_[*child];
  task = Task();
  task.tid = task.process = *child;
  task.actor = id;
  task.state = Task::State::kAtAnswer;
  processes_[*child] = {id, "", 1};
  model_.Start(*child, id.contender);
  return absl::OkStatus();
}

}  // namespace conformance::explorer
