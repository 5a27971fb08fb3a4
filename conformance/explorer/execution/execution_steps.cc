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
#include "conformance/explorer/execution/judgement.h"
#include "conformance/explorer/execution/timeline.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr absl::string_view kHandle = "a";
// Visible calls, naps included, of the processes that survive a crash. Those
// that make more of them aren't about to end.
constexpr int kMaxSurvivorCalls = 100;

bool RemovesName(absl::string_view call) {
  return absl::StartsWith(call, "unlink") || absl::StartsWith(call, "rename") ||
         call == "rmdir";
}

}  // namespace

std::string Execution::LineFor(bool release) const {
  return EncodeLine(
      release ? ReleaseCommand(kHandle)
              : AcquireCommand(kHandle,
                               absl::StrCat(options_.tracing.directory, "/",
                                            options_.lock),
                               options_.wait));
}

void Execution::Record(int actor, TimelineEvent::Kind kind,
                       absl::string_view text) {
  if (!recording_) return;
  TimelineEvent event;
  event.actor = actor;
  event.kind = kind;
  event.text = std::string(text);
  outcome_.timeline.push_back(std::move(event));
}

void Execution::Violated(int actor, Violation violation,
                         absl::string_view message) {
  // The first is what counts: the others may be its consequences.
  if (outcome_.violation != Violation::kNone || draining_ || is_broken_off()) {
    return;
  }
  outcome_.violation = violation;
  outcome_.message = absl::StrCat(message, SurvivorsNote());
  Record(actor, TimelineEvent::Kind::kViolation,
         absl::StrCat(ViolationName(violation), ": ", outcome_.message));
}

void Execution::Violated(int actor, const Ruling& ruling) {
  if (ruling.violation == Violation::kNone) return;
  Violated(actor, ruling.violation, ruling.message);
}

// Names the contenders that have started processes which outlived them and
// still live.
std::string Execution::SurvivorsNote() const {
  std::string who;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    if (!tracer_->processes().HasSurvivors(actor)) continue;
    absl::StrAppend(&who, who.empty() ? "" : ", ", LetterOf(actor));
  }
  if (who.empty()) return "";
  return absl::StrCat("; processes that ", who, " started have outlived it");
}

// A contender that was waited for in vain. One that is to wait for a lock that
// another may have isn't hanging, wherever it waits.
void Execution::Judge(int actor, const WaitResult& wait) {
  if (wait.end != WaitResult::End::kHangs) {
    GiveUp(wait);
    return;
  }
  if (progress(actor).ending()) {
    DoesNotEnd(actor);
    return;
  }
  if (!draining_ && progress(actor).work == Judgement::Work::kAcquire &&
      !progress(actor).finished() && options_.wait != absl::ZeroDuration()) {
    for (size_t i = 0; i < progress_.size(); ++i) {
      const int other = static_cast<int>(i);
      if (other == actor || !judgement_.IsActive(other)) continue;
      BreakOff(Stopped::kWaitsUnseen,
               absl::StrCat("contender ", LetterOf(actor),
                            " waits for the lock where it isn't seen to wait"));
      return;
    }
  }
  progress(actor).Die();
  Violated(actor, Violation::kHung, wait.message);
}

// The same where it isn't the contender's script that it is waited for.
void Execution::GiveUp(const WaitResult& wait) {
  switch (wait.end) {
    case WaitResult::End::kCame:
      break;
    case WaitResult::End::kHangs:
      BreakOff(Stopped::kNeverRests, wait.message);
      break;
    case WaitResult::End::kUnkillable:
      BreakOff(Stopped::kUnkillable, wait.message);
      break;
    case WaitResult::End::kTimeIsUp:
      BreakOff(Stopped::kTimeIsUp, wait.message);
      break;
  }
}

// It is no fault of a lock.
void Execution::DoesNotEnd(int actor) {
  if (!draining_) {
    BreakOff(Stopped::kDoesNotEnd, absl::StrCat("contender ", LetterOf(actor),
                                                " doesn't end with its input"));
    return;
  }
  progress(actor).Die();
  judgement_.Died(actor, /*survived=*/false);
}

void Execution::BreakOff(Stopped why, absl::string_view message) {
  StartAnew();
  if (is_broken_off()) return;  // the first is what counts
  outcome_.stopped = why;
  time_is_up_ |= why == Stopped::kTimeIsUp;
  outcome_.message = std::string(message);
}

absl::Status Execution::Send(int actor, Judgement::Work work) {
  Progress& it = progress(actor);
  it.work = work;
  it.answered.reset();
  // A helper that is told to let go may do so in no call that is seen, which
  // must not be done early. Others can ask whether a contender lives, so it
  // ends in a step of its own.
  const bool release = work == Judgement::Work::kRelease;
  if (options_.separate_commands || work == Judgement::Work::kEnd ||
      (release && tracer_->processes().HasHelpers(actor))) {
    it.state = Progress::State::kUntold;
    return absl::OkStatus();
  }
  it.state = Progress::State::kTold;
  return Tell(actor);
}

absl::Status Execution::Tell(int actor) {
  const Judgement::Work work = progress(actor).work;
  if (work == Judgement::Work::kEnd) return tracer_->EndInput(actor);
  // A contender that ends just now is found out by the next wait.
  tracer_->Command(actor, LineFor(work == Judgement::Work::kRelease))
      .IgnoreError();
  return absl::OkStatus();
}

// The next command of the script, if any.
absl::Status Execution::Next(int actor) {
  Progress& it = progress(actor);
  it.state = Progress::State::kIdle;
  it.work = Judgement::Work::kNone;
  it.pending = false;
  const bool holds = judgement_.Holds(actor);
  const bool last = it.left <= 1 && it.end == NormalEnd::kHolding;
  if (holds && !last) return Send(actor, Judgement::Work::kRelease);
  if (!holds && it.left > 0) return Send(actor, Judgement::Work::kAcquire);
  if (it.end == NormalEnd::kNone) return absl::OkStatus();
  return Send(actor, Judgement::Work::kEnd);
}

// Lets it run to where its next step begins.
absl::Status Execution::Advance(int actor) {
  Progress& it = progress(actor);
  it.pending = false;
  while (!it.finished() && it.state != Progress::State::kUntold &&
         (outcome_.violation == Violation::kNone || draining_)) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    if (!stop.ok()) return stop.status();
    footprint_.Add(stop->freed);
    switch (stop->kind) {
      case Stop::Kind::kInVain:
        Judge(actor, stop->wait);
        return absl::OkStatus();
      case Stop::Kind::kCall:
        it.pending = true;
        return absl::OkStatus();
      case Stop::Kind::kEnded:
        if (it.ending()) return Ended(actor, stop->ending);
        it.Die();
        if (judgement_.Holds(actor)) footprint_.Write(Object::Hold());
        judgement_.Died(actor, /*survived=*/false);
        Violated(actor, Violation::kDied,
                 absl::StrCat("contender ", LetterOf(actor), " ",
                              stop->ending.ToString(), "; standard error: ",
                              Printable(tracer_->StandardError(actor))));
        return absl::OkStatus();
      case Stop::Kind::kAnswer:
        if (it.ending()) break;  // nobody reads its last words
        if (it.state != Progress::State::kAtWork) {
          it.answered = std::move(stop->answer);
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

// The first step of a command, or of an end.
void Execution::Begin(int actor) {
  const Judgement::Work work = progress(actor).work;
  Record(actor, TimelineEvent::Kind::kCommand,
         work == Judgement::Work::kEnd       ? "(end of input)"
         : work == Judgement::Work::kRelease ? "release"
                                             : "acquire");
  const bool held = judgement_.Holds(actor);
  judgement_.Began(actor, work);
  if (held && !judgement_.Holds(actor)) footprint_.Write(Object::Hold());
}

// Of its own accord.
absl::Status Execution::Ended(int actor, const Ending& ending) {
  progress(actor).Die();
  Record(
      actor, TimelineEvent::Kind::kEnded,
      absl::StrCat(ending.ToString(), tracer_->processes().HasSurvivors(actor)
                                          ? ", and its other processes live on"
                                          : ""));
  absl::Status advanced = AdvanceSurvivors(actor);
  if (!advanced.ok() || is_broken_off()) return advanced;
  judgement_.Died(actor, progress(actor).state == Progress::State::kSurvived);
  if (ending.kind != Ending::Kind::kKilled) return absl::OkStatus();
  Violated(actor, Violation::kDied,
           absl::StrCat("contender ", LetterOf(actor), " ", ending.ToString(),
                        " at the end of its input; standard error: ",
                        Printable(tracer_->StandardError(actor))));
  return absl::OkStatus();
}

absl::Status Execution::Answered(int actor, const std::string& line) {
  Progress& it = progress(actor);
  Record(actor, TimelineEvent::Kind::kAnswer, line);
  const bool release = it.work == Judgement::Work::kRelease;
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  absl::Status fits = answer.status();
  if (fits.ok()) {
    fits = AnswerFits(release ? ReleaseCommand(kHandle)
                              : AcquireCommand(kHandle, options_.lock),
                      *answer);
  }
  if (!fits.ok() || answer->is(AnswerKind::kUnsupported)) {
    it.StartAnew();
    it.state = Progress::State::kIdle;
    it.work = Judgement::Work::kNone;
    Violated(
        actor, Violation::kNonsense,
        absl::StrCat("contender ", LetterOf(actor), " answers ",
                     Printable(line), " to ", release ? "release" : "acquire"));
    return absl::OkStatus();
  }
  if (answer->is(AnswerKind::kAcquired)) {
    footprint_.Write(Object::Hold());
  } else {
    --it.left;
  }
  Violated(actor, judgement_.Answered(actor, answer->kind, line));
  return Next(actor);
}

absl::Status Execution::Crash(const Step& step) {
  const int actor = step.actor;
  judgement_.LeavesBehind(actor);
  const absl::StatusOr<Death> killed = tracer_->Crash(actor);
  if (!killed.ok()) return killed.status();
  if (killed->wait.in_vain()) {
    GiveUp(killed->wait);
    return absl::OkStatus();
  }
  footprint_.Add(killed->freed);
  Record(actor, TimelineEvent::Kind::kKilled,
         absl::StrCat(tracer_->processes().HasSurvivors(actor)
                          ? ", and its other processes live on"
                          : "",
                      options_.ages ? ", and a year passes" : ""));
  if (options_.ages) {
    absl::Status aged = LetTimePass();
    if (!aged.ok()) return aged;
  }
  if (judgement_.Holds(actor)) footprint_.Write(Object::Hold());
  progress(actor).Die();
  absl::Status advanced = AdvanceSurvivors(actor);
  if (!advanced.ok() || is_broken_off()) return advanced;
  judgement_.Died(actor, progress(actor).state == Progress::State::kSurvived);
  return absl::OkStatus();
}

absl::Status Execution::AdvanceSurvivors(int actor) {
  Progress& it = progress(actor);
  const absl::StatusOr<SurvivorsStop> stop = tracer_->RunSurvivors(actor);
  if (!stop.ok()) return stop.status();
  if (stop->wait.in_vain()) {
    GiveUp(stop->wait);
    return absl::OkStatus();
  }
  footprint_.Add(stop->freed);
  const bool survived = stop->call && it.survivor_calls < kMaxSurvivorCalls;
  it.state = survived ? Progress::State::kSurvived : Progress::State::kDead;
  if (!survived) judgement_.SurvivorsRest(actor);
  return absl::OkStatus();
}

// By which the tracer knows who takes this actor's steps.
ActorId Execution::IdOf(int actor) const {
  return progress(actor).dead() ? ActorId::SurvivorsOf(actor) : ActorId(actor);
}

std::string Execution::Whoever(int actor) const {
  return IdOf(actor).ToString();
}

// Some stood before a call, and were killed there by another's step.
absl::Status Execution::NoticeDeaths() {
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    const Progress& it = progress_[i];
    if (is_broken_off()) break;
    if (!it.pending && it.state != Progress::State::kSurvived) continue;
    if (tracer_->processes().Pending(IdOf(actor)) != nullptr) continue;
    absl::Status advanced =
        it.dead() ? AdvanceSurvivors(actor) : Advance(actor);
    if (!advanced.ok()) return advanced;
  }
  return absl::OkStatus();
}

absl::Status Execution::Do(const Step& step) {
  const int actor = step.actor;
  Progress& it = progress(actor);
  footprint_ = Footprint();
  it.yielded = false;
  if (it.dead()) return MakeCall(step);
  if (step.kind == Step::Kind::kCrashBefore) return Crash(step);
  if (it.state != Progress::State::kAtWork) Begin(actor);
  if (it.state == Progress::State::kUntold) {
    // Anything it does now may be something that can't be seen.
    footprint_.Write(Object::Unseen());
    // Not at work yet, so that an answer is kept.
    it.state = Progress::State::kTold;
    absl::Status told = Tell(actor);
    if (told.ok()) told = Advance(actor);
    if (it.state == Progress::State::kTold) it.state = Progress::State::kAtWork;
    if (!told.ok() || !it.answered.has_value()) return told;
  }
  it.state = Progress::State::kAtWork;
  if (!it.answered.has_value()) return MakeCall(step);
  // The end of a helper that had the lock is seen, whatever ended it.
  const bool seen = std::any_of(
      footprint_.accesses.begin(), footprint_.accesses.end(),
      [](const Access& a) { return a.object.kind() == Object::Kind::kLock; });
  if (options_.needs_visible && !draining_ && !seen &&
      (absl::StartsWith(*it.answered, "acquired") ||
       absl::StartsWith(*it.answered, "released"))) {
    BreakOff(Stopped::kUnseenCall,
             absl::StrCat("contender ", LetterOf(actor), " answers ",
                          Printable(*it.answered),
                          " without a call that can be seen"));
    return absl::OkStatus();
  }
  const std::string line = *std::exchange(it.answered, std::nullopt);
  absl::Status answered = Answered(actor, line);
  if (!answered.ok()) return answered;
  return step.kind == Step::Kind::kCrashAfter ? Crash(step) : Advance(actor);
}

// The call that it stands before, or that its survivors do.
absl::Status Execution::MakeCall(const Step& step) {
  const int actor = step.actor;
  const ActorId id = IdOf(actor);
  const Call& call = *tracer_->processes().Pending(id);
  progress(actor).yielded = call.sleeps;
  const CallType* const type = call.type;
  ++calls_[type->name];
  std::string says_nothing;
  if (step.kind == Step::Kind::kFail && !step.cuts() &&
      SaysNothingOfOthers(call, step.error)) {
    says_nothing =
        absl::StrCat(type->name, "(2) fails with ", ErrnoName(step.error));
  }
  TimelineEvent event;
  event.actor = actor;
  if (recording_) event.call = call;
  absl::StatusOr<CallResult> performed;
  if (step.kind == Step::Kind::kFail && step.error != 0) {
    performed = step.cuts()
                    ? tracer_->Fail(id, step.error,
                                    static_cast<int>(step.KeptOf(call.args[2])))
                    : tracer_->Fail(id, step.error);
  } else if (step.cuts()) {
    performed = tracer_->Shorten(id, step.KeptOf(call.args[2]));
  } else if (step.kind == Step::Kind::kRun && !recording_) {
    performed = tracer_->Pass(id);
  } else {
    performed = tracer_->Perform(id);
  }
  if (!performed.ok()) return performed.status();
  if (performed->wait.in_vain()) {
    Judge(actor, performed->wait);
    return absl::OkStatus();
  }
  if (step.kind == Step::Kind::kFail) {
    if (step.error != 0) errors_[type->name].insert(step.error);
    judgement_.CallFailed(actor, std::move(says_nothing));
    failing_ = actor;
    event.injected = true;
  }
  event.result = performed->result;
  event.footprint = performed->footprint;
  if (performed->result == 0 && RemovesName(type->name)) {
    judgement_.ClearedUp(actor);
  }
  if (recording_) outcome_.timeline.push_back(std::move(event));
  footprint_.Add(performed->footprint);
  if (step.kind == Step::Kind::kCrashAfter) return Crash(step);
  if (!progress(actor).dead()) return Advance(actor);
  ++progress(actor).survivor_calls;
  return AdvanceSurvivors(actor);
}

}  // namespace conformance::explorer
