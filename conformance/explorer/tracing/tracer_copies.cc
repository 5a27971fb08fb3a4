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
  const Actor* const found = table_.Find(id);
  if (found == nullptr || !found->lives) return false;
  const Actor& actor = *found;
  const pid_t pid = actor.main;
  const Task* const task = table_.FindTask(pid);
  if (actor.tasks != 1 || actor.locking != pid || !actor.answers.silent() ||
      task == nullptr || task->state != Task::State::kAtAnswer ||
      model_.OpenDescriptors(id.contender) > 0) {
    return false;
  }
  const Pattern::Streams streams = {actor.in, actor.out, actor.err};
  // From here on it is nobody's.
  table_.Forget(id);
  model_.End(pid);
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
  if (table_.Find(id) != nullptr) {
    const absl::StatusOr<Footprint> killed = Kill(id);
    if (!killed.ok()) return killed.status();
  }
  const absl::StatusOr<pid_t> child = found->second->Clone();
  if (!child.ok()) {
    patterns_.erase(found);
    return child.status();
  }
  ::setpgid(*child, *child);
  Actor& actor = table_.Renew(id);
  const Pattern::Streams& streams = found->second->streams();
  actor.in = Duplicate(streams.in);
  actor.out = Duplicate(streams.out);
  actor.err = Duplicate(streams.err);
  actor.copied = true;
  table_.Start(id, *child).state = Task::State::kAtAnswer;
  model_.Start(*child, id.contender);
  return absl::OkStatus();
}

}  // namespace conformance::explorer
