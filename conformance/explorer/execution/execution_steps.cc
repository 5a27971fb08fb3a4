// A step of a contender, and the judgement of its answer.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/faults.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/execution/timeline.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr absl::string_view kHandle = "a";
// Visible calls, naps included, of the processes that survive a crash. Who
// makes more of them isn't about to end.
constexpr int kMaxSurvivorCalls = 100;

bool RemovesName(absl::string_view call) {
  return absl::StartsWith(call, "unlink") || absl::StartsWith(call, "rename") ||
         call == "rmdir";
}

}  // namespace

std::string Execution::LineFor(bool release) const {
  return EncodeLine(release ? ReleaseCommand(kHandle)
                            : AcquireCommand(kHandle,
                                             absl::StrCat(options_.directory,
                                                          "/", options_.lock),
                                             options_.wait));
}

void Execution::Record(int actor, Event::Kind kind, absl::string_view text) {
  if (!recording_) return;
  Event event;
  event.actor = actor;
  event.kind = kind;
  event.text = std::string(text);
  outcome_.timeline.push_back(std::move(event));
}

void Execution::Violated(int actor, Violation violation,
                         absl::string_view message) {
  // The first is what counts: the others may be its consequences.
  if (outcome_.violation != Violation::kNone || draining_) return;
  outcome_.violation = violation;
  outcome_.message = absl::StrCat(message, SurvivorsNote());
  Record(actor, Event::Kind::kViolation,
         absl::StrCat(ViolationName(violation), ": ", outcome_.message));
}

// Whose crashes left processes that live.
std::string Execution::SurvivorsNote() const {
  std::string who;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int actor = static_cast<int>(i);
    if (!tracer_->HasSurvivors(actor)) continue;
    absl::StrAppend(&who, who.empty() ? "" : ", ", LetterOf(actor));
  }
  if (who.empty()) return "";
  return absl::StrCat("; processes that ", who, " started survived its crash");
}

// A contender that hangs is judged; other errors are ours. Who is to wait for a
// lock that another may have isn't hanging, wherever it waits.
absl::Status Execution::Judge(int actor, const absl::Status& status) {
  if (!absl::IsDeadlineExceeded(status)) return status;
  if (lanes_[static_cast<size_t>(actor)].ending) return DoesNotEnd(actor);
  if (!draining_ && lanes_[static_cast<size_t>(actor)].acquiring &&
      options_.wait != absl::ZeroDuration()) {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (static_cast<int>(i) == actor || !lanes_[i].active()) continue;
      return absl::UnimplementedError(
          absl::StrCat("contender ", LetterOf(actor),
                       " waits for the lock where it isn't seen to wait"));
    }
  }
  lanes_[static_cast<size_t>(actor)].restart = true;
  lanes_[static_cast<size_t>(actor)].dead = true;
  Violated(actor, Violation::kHung, status.message());
  return absl::OkStatus();
}

// That is no fault of a lock.
absl::Status Execution::DoesNotEnd(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  if (!draining_) {
    return absl::UnimplementedError(absl::StrCat(
        "contender ", LetterOf(actor), " doesn't end with its input"));
  }
  lane.dead = lane.restart = true;
  lane.ending = lane.pending = false;
  return absl::OkStatus();
}

absl::Status Execution::Send(int actor, bool release) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.acquiring = !release;
  lane.releasing = release;
  lane.started = false;
  lane.answered.reset();
  lane.failed = lane.cleared = false;
  lane.misled.clear();
  // What a helper does when it is told to let go, in no call that is seen, must
  // not be done early.
  lane.unsent = options_.late || (release && tracer_->HasHelpers(actor));
  return lane.unsent ? absl::OkStatus() : Tell(actor);
}

// What is with it.
absl::Status Execution::Tell(int actor) {
  const Lane& lane = lanes_[static_cast<size_t>(actor)];
  if (lane.ending) return tracer_->EndInput(actor);
  // A contender that ends just now is found out by the next wait.
  tracer_->Command(actor, LineFor(lane.releasing)).IgnoreError();
  return absl::OkStatus();
}

// The next command of the script, if any.
absl::Status Execution::Next(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.acquiring = lane.releasing = lane.pending = false;
  const bool last = lane.left <= 1 && lane.end == NormalEnd::kHolding;
  if (lane.holds && !last) return Send(actor, /*release=*/true);
  if (!lane.holds && lane.left > 0) return Send(actor, /*release=*/false);
  if (lane.end == NormalEnd::kNone) return absl::OkStatus();
  // Whether it lives can be asked by others, so it ends in a step of its own.
  lane.ending = lane.unsent = true;
  lane.started = lane.failed = lane.cleared = false;
  return absl::OkStatus();
}

// Lets it run to where its next step begins.
absl::Status Execution::Advance(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.pending = false;
  while (!lane.finished() && !lane.unsent &&
         (outcome_.violation == Violation::kNone || draining_)) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    if (!stop.ok()) return Judge(actor, stop.status());
    footprint_.Add(stop->freed);
    switch (stop->kind) {
      case Stop::Kind::kCall:
        lane.pending = true;
        return absl::OkStatus();
      case Stop::Kind::kEnded:
        if (lane.ending) return Ended(actor, stop->ending);
        lane.dead = true;
        lane.restart = true;
        if (lane.holds) StopHolding(actor);
        Violated(actor, Violation::kDied,
                 absl::StrCat("contender ", LetterOf(actor), " ",
                              stop->ending.ToString(), "; standard error: ",
                              Printable(tracer_->StandardError(actor))));
        return absl::OkStatus();
      case Stop::Kind::kAnswer:
        if (lane.ending) break;  // nobody reads its last words
        if (!lane.started) {
          lane.answered = std::move(stop->answer);
          return absl::OkStatus();
        }
        if (absl::Status status = Answered(actor, stop->answer); !status.ok()) {
          return status;
        }
        break;
    }
  }
  return absl::OkStatus();
}

void Execution::Activate(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  // What it failed to release, it may hold itself.
  if (lane.acquiring) lane.contested = lane.unsure;
  for (Lane& other : lanes_) {
    if (&other == &lane || !other.active()) continue;
    lane.contested = other.contested = true;
  }
}

void Execution::StopHolding(int actor) {
  lanes_[static_cast<size_t>(actor)].holds = false;
  footprint_.Write("hold");
}

// Of its own accord.
absl::Status Execution::Ended(int actor, const Ending& ending) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.dead = lane.restart = true;
  lane.ending = lane.pending = lane.unsure = false;
  Record(
      actor, Event::Kind::kEnded,
      absl::StrCat(ending.ToString(), tracer_->HasSurvivors(actor)
                                          ? ", and its other processes live on"
                                          : ""));
  absl::Status advanced = AdvanceSurvivors(actor);
  if (!advanced.ok()) return advanced;
  for (Lane& other : lanes_) other.contested |= lane.survivors;
  if (ending.kind != Ending::Kind::kKilled) return absl::OkStatus();
  Violated(actor, Violation::kDied,
           absl::StrCat("contender ", LetterOf(actor), " ", ending.ToString(),
                        " at the end of its input; standard error: ",
                        Printable(tracer_->StandardError(actor))));
  return absl::OkStatus();
}

absl::Status Execution::Answered(int actor, const std::string& line) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  Record(actor, Event::Kind::kAnswer, line);
  const bool release = lane.releasing;
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  absl::Status fits = answer.status();
  if (fits.ok()) {
    fits = AnswerFits(release ? ReleaseCommand(kHandle)
                              : AcquireCommand(kHandle, options_.lock),
                      *answer);
  }
  if (!fits.ok() || answer->is(AnswerKind::kUnsupported)) {
    lane.restart = true;
    lane.acquiring = lane.releasing = false;
    Violated(
        actor, Violation::kNonsense,
        absl::StrCat("contender ", LetterOf(actor), " answers ",
                     Printable(line), " to ", release ? "release" : "acquire"));
    return absl::OkStatus();
  }
  switch (answer->kind) {
    case AnswerKind::kAcquired:
      lane.holds = true;
      footprint_.Write("hold");
      for (size_t i = 0; i < lanes_.size(); ++i) {
        if (&lanes_[i] == &lane || !lanes_[i].holds) continue;
        Violated(actor, Violation::kTwoHold,
                 absl::StrCat("contender ", LetterOf(actor),
                              " has acquired the lock, which contender ",
                              LetterOf(static_cast<int>(i)), " holds"));
      }
      break;
    case AnswerKind::kBusy:
      --lane.left;
      // After a failed call that is an honest way to say that it has no lock.
      if (!lane.contested && !lane.misled.empty() && !residue_) {
        Violated(actor, Violation::kRefusedByError,
                 absl::StrCat("contender ", LetterOf(actor),
                              " is refused, and nobody held, acquired or "
                              "released during its attempt, in which ",
                              lane.misled));
      } else if (!lane.contested && !lane.failed && residue_) {
        // Of some the first attempt only clears up what a dead one has left.
        if (doubted_ < 0 && !lane.cleared) doubted_ = actor;
      } else if (!lane.contested && !lane.failed) {
        Violated(actor, Violation::kRefusedThoughFree,
                 absl::StrCat("contender ", LetterOf(actor),
                              " is refused, and nobody held, acquired or "
                              "released during its attempt"));
      }
      break;
    case AnswerKind::kReleased:
      --lane.left;
      break;
    default:  // kError
      --lane.left;
      if (release) lane.unsure = true;
      if (!fault_) {
        Violated(
            actor,
            release ? Violation::kReleaseFailed : Violation::kAcquireFailed,
            absl::StrCat("contender ", LetterOf(actor), " answers ",
                         Printable(line)));
      }
      break;
  }
  return Next(actor);
}

// What it hasn't released may stay in the folder.
void Execution::LeavesBehind(int actor) {
  // Before all others have begun, it is what they begin with: a folder, in
  // which an error has no excuse.
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& other = lanes_[i];
    fault_ |= static_cast<int>(i) != actor &&
              (other.started || other.holds || other.dead ||
               other.left < options_.cycles[i]);
  }
  residue_ = true;
}

absl::Status Execution::Crash(const Step& step) {
  Lane& lane = lanes_[static_cast<size_t>(step.actor)];
  LeavesBehind(step.actor);
  const absl::StatusOr<Footprint> killed = tracer_->Crash(step.actor);
  if (!killed.ok()) return killed.status();
  footprint_.Add(*killed);
  Record(step.actor, Event::Kind::kKilled,
         absl::StrCat(tracer_->HasSurvivors(step.actor)
                          ? ", and its other processes live on"
                          : "",
                      options_.ages ? ", and a year passes" : ""));
  if (options_.ages) {
    absl::Status aged = LetTimePass();
    if (!aged.ok()) return aged;
  }
  if (lane.holds) StopHolding(step.actor);
  lane.ending = false;
  lane.dead = true;
  lane.restart = true;
  lane.pending = lane.started = lane.unsure = lane.unsent = false;
  absl::Status advanced = AdvanceSurvivors(step.actor);
  if (!advanced.ok()) return advanced;
  // It may yet free the lock, and who is refused until then is so rightly.
  for (Lane& other : lanes_) other.contested |= lane.survivors;
  return absl::OkStatus();
}

absl::Status Execution::AdvanceSurvivors(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  const absl::StatusOr<Tracer::SurvivorsStop> stop =
      tracer_->RunSurvivors(actor);
  if (!stop.ok()) return stop.status();
  footprint_.Add(stop->freed);
  lane.survivors = stop->call && lane.survivor_calls < kMaxSurvivorCalls;
  return absl::OkStatus();
}

// By which the tracer knows who takes this actor's steps.
int Execution::NumberOf(int actor) const {
  return lanes_[static_cast<size_t>(actor)].dead ? Tracer::SurvivorsOf(actor)
                                                 : actor;
}

std::string Execution::Whoever(int actor) const {
  return absl::StrCat(
      lanes_[static_cast<size_t>(actor)].dead ? "survivors of " : "",
      LetterOf(actor));
}

// Some stood before a call, and were killed there by another's step.
absl::Status Execution::NoticeDeaths() {
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int actor = static_cast<int>(i);
    Lane& lane = lanes_[i];
    if (!lane.pending && !lane.survivors) continue;
    if (tracer_->Pending(NumberOf(actor)) != nullptr) continue;
    absl::Status advanced =
        lane.dead ? AdvanceSurvivors(actor) : Advance(actor);
    if (!advanced.ok()) return advanced;
  }
  return absl::OkStatus();
}

absl::Status Execution::Do(const Step& step) {
  const int actor = step.actor;
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  footprint_ = Footprint();
  lane.yielded = false;
  if (lane.dead) return MakeCall(step);
  if (step.kind == Step::Kind::kCrashBefore) return Crash(step);
  if (!lane.started) {
    lane.started = true;
    Activate(actor);
    Record(actor, Event::Kind::kCommand,
           lane.ending ? "(end of input)"
                       : (lane.releasing ? "release" : "acquire"));
    if (lane.ending && lane.holds) LeavesBehind(actor);
    if (!lane.acquiring && lane.holds) StopHolding(actor);
  }
  if (std::exchange(lane.unsent, false)) {
    // Whatever it does now may be what can't be seen.
    footprint_.Write("unseen");
    absl::Status advanced = Tell(actor);
    if (!advanced.ok()) return advanced;
    lane.started = false;  // so that an answer is kept
    advanced = Advance(actor);
    lane.started = true;
    if (!advanced.ok() || !lane.answered.has_value()) return advanced;
  }
  if (!lane.answered.has_value()) return MakeCall(step);
  // The end of a helper that had the lock is seen, whatever ended it.
  const bool seen = std::any_of(
      footprint_.accesses.begin(), footprint_.accesses.end(),
      [](const Access& a) { return absl::StartsWith(a.object, "lock:"); });
  if (options_.needs_visible && !draining_ && !seen &&
      (absl::StartsWith(*lane.answered, "acquired") ||
       absl::StartsWith(*lane.answered, "released"))) {
    return absl::AbortedError(absl::StrCat(
        "contender ", LetterOf(actor), " answers ", Printable(*lane.answered),
        " without a call that can be seen"));
  }
  const std::string line = *std::exchange(lane.answered, std::nullopt);
  absl::Status answered = Answered(actor, line);
  if (!answered.ok()) return answered;
  return step.kind == Step::Kind::kCrashAfter ? Crash(step) : Advance(actor);
}

// The call that it stands before, or that its survivors do.
absl::Status Execution::MakeCall(const Step& step) {
  const int actor = step.actor;
  const int number = NumberOf(actor);
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  const Call& call = *tracer_->Pending(number);
  lane.yielded = call.sleeps;
  const CallType* const type = call.type;
  ++calls_[type->name];
  std::string misled;
  if (step.kind == Step::Kind::kFail && !step.cuts() &&
      SaysNothingOfOthers(call, step.error)) {
    misled = absl::StrCat(type->name, "(2) fails with ", ErrnoName(step.error));
  }
  Event event;
  event.actor = actor;
  if (recording_) event.call = call;
  absl::StatusOr<Performed> performed;
  if (step.kind == Step::Kind::kFail && step.error != 0) {
    performed = step.cuts()
                    ? tracer_->Fail(number, step.error,
                                    static_cast<int>(step.KeptOf(call.args[2])))
                    : tracer_->Fail(number, step.error);
  } else if (step.cuts()) {
    performed = tracer_->Shorten(number, step.KeptOf(call.args[2]));
  } else if (step.kind == Step::Kind::kRun && !recording_) {
    performed = tracer_->Pass(number);
  } else {
    performed = tracer_->Perform(number);
  }
  if (!performed.ok()) return Judge(actor, performed.status());
  if (step.kind == Step::Kind::kFail) {
    if (step.error != 0) errors_[type->name].insert(step.error);
    fault_ = lane.failed = true;
    lane.misled = std::move(misled);
    failing_ = actor;
    event.injected = true;
  }
  event.result = performed->result;
  lane.cleared |= performed->result == 0 && RemovesName(type->name);
  if (recording_) outcome_.timeline.push_back(std::move(event));
  footprint_.Add(performed->footprint);
  if (step.kind == Step::Kind::kCrashAfter) return Crash(step);
  if (!lane.dead) return Advance(actor);
  ++lane.survivor_calls;
  return AdvanceSurvivors(actor);
}

}  // namespace conformance::explorer
