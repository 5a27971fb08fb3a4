// Contenders that are started, and those that are copied instead.

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/pattern.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/traced_child.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

int Duplicate(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }

}  // namespace

absl::StatusOr<Stop> Tracer::Start(ActorId id, const ContenderSource& source) {
  if (table_.Find(id) != nullptr) {
    absl::StatusOr<Death> killed = Kill(id);
    if (!killed.ok()) return killed.status();
    if (killed->wait.in_vain()) {
      Stop stop;
      stop.kind = Stop::Kind::kInVain;
      stop.wait = std::move(killed->wait);
      return stop;
    }
  }
  Actor& actor = table_.Renew(id);
  const absl::StatusOr<TracedChild> child =
      StartTracedChild(source, options_.start, LetterOf(id.contender));
  if (!child.ok()) return child.status();
  actor.in = child->in;
  actor.out = child->out;
  actor.err = child->err;
  table_.Start(id, child->process);
  model_.Start(child->process, id.contender);
  absl::StatusOr<Stop> hello = Introduce(id);
  const std::string failure = ReadAvailable(child->report);
  ::close(child->report);
  if (!failure.empty()) {
    return absl::UnavailableError(absl::StrCat("cannot start ", failure));
  }
  return hello;
}

absl::StatusOr<Stop> Tracer::Introduce(ActorId id) {
  Actor& actor = *table_.Find(id);
  const absl::Status sent = Command(id, EncodeLine(HelloCommand()));
  // It may have ended by now, which the loop below tells better.
  if (!sent.ok() && actor.in < 0) return sent;
  for (;;) {
    absl::StatusOr<Stop> stop = RunToVisible(id);
    if (!stop.ok()) return stop.status();
    switch (stop->kind) {
      case Stop::Kind::kCall: {
        absl::StatusOr<CallResult> performed = Perform(id);
        if (!performed.ok()) return performed.status();
        if (!performed->wait.in_vain()) break;
        stop->kind = Stop::Kind::kInVain;
        stop->wait = std::move(performed->wait);
        return stop;
      }
      case Stop::Kind::kInVain:
        return stop;
      case Stop::Kind::kEnded:
        return absl::UnavailableError(absl::StrCat(
            "contender ", LetterOf(id.contender), " ", stop->ending.ToString(),
            " before it introduced itself; standard error: ",
            Printable(StandardError(id))));
      case Stop::Kind::kAnswer: {
        const absl::StatusOr<Answer> answer = ParseAnswer(stop->answer);
        if (!answer.ok() || !answer->is(AnswerKind::kHello)) {
          return absl::UnavailableError(absl::StrCat(
              "contender ", LetterOf(id.contender), " answers hello with ",
              Printable(stop->answer),
              answer.ok() ? ""
                          : absl::StrCat(": ", answer.status().message())));
        }
        const auto pid = static_cast<pid_t>(answer->introduction.pid);
        const Process* const found = table_.FindProcess(pid);
        if (found == nullptr || found->actor != id) {
          return absl::UnavailableError(absl::StrCat(
              "contender ", LetterOf(id.contender), " says that process ", pid,
              " locks, which is neither the one that was started, ", actor.main,
              ", nor a descendant of it"));
        }
        actor.locking = pid;
        return stop;
      }
    }
  }
}

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
      pid, streams, LetterOf(id.contender), options_.deadline, events_.stops());
  if (!pattern.ok()) return pattern.status();
  patterns_[id] = *std::move(pattern);
  return true;
}

absl::StatusOr<WaitResult> Tracer::StartCopy(ActorId id) {
  const auto found = patterns_.find(id);
  if (found == patterns_.end()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there is no pattern of contender ", LetterOf(id.contender)));
  }
  if (table_.Find(id) != nullptr) {
    absl::StatusOr<Death> killed = Kill(id);
    if (!killed.ok()) return killed.status();
    if (killed->wait.in_vain()) return std::move(killed->wait);
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
  return WaitResult();
}

}  // namespace conformance::explorer
