// Scripts, steps, and the judgement of answers.

#include "conformance/explorer/execution.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/call.h"
#include "conformance/explorer/faults.h"
#include "conformance/explorer/initial_state.h"
#include "conformance/explorer/schedule.h"
#include "conformance/explorer/scheduler.h"
#include "conformance/explorer/timeline.h"
#include "conformance/explorer/tracer.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr absl::string_view kHandle = "a";
// Visible calls of one command that runs alone, naps included. More of them,
// and it waits for something that will never come.
constexpr int kMaxStraightCalls = 1'000;
// So many steps in a row by which nobody gets on, though the lock is free, and
// nobody ever will.
constexpr int kMaxIdleSteps = 500;
// Visible calls, naps included, of the processes that survive a crash. Who
// makes more of them isn't about to end.
constexpr int kMaxSurvivorCalls = 100;

std::string Letter(int actor) {
  return std::string(1, static_cast<char>('a' + actor));
}

// What can become of a contender that waits in a call for others.
bool HappensWhileWaiting(const Step& step) {
  return step.kind == Step::Kind::kCrashBefore ||
         (step.kind == Step::Kind::kFail && step.error != 0 &&
          step.partial < 0);
}

}  // namespace

absl::string_view ViolationName(Violation violation) {
  switch (violation) {
    case Violation::kNone:
      return "none";
    case Violation::kTwoHold:
      return "two hold";
    case Violation::kRefusedThoughFree:
      return "refused though free";
    case Violation::kNeverFree:
      return "nobody can acquire";
    case Violation::kDeadlock:
      return "deadlock";
    case Violation::kAcquireFailed:
      return "acquire failed";
    case Violation::kReleaseFailed:
      return "release failed";
    case Violation::kLeaked:
      return "descriptor leaked";
    case Violation::kDied:
      return "died";
    case Violation::kHung:
      return "hung";
    case Violation::kNonsense:
      return "nonsense";
  }
  return "";
}

absl::Status Execution::Validate(const ExecutionOptions& options) {
  if (options.cycles.empty() ||
      options.cycles.size() > Schedule::kMaxContenders) {
    return absl::InvalidArgumentError("from 1 to 26 contenders, by letters");
  }
  if (options.wait != absl::ZeroDuration() &&
      options.wait != absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        "a wait for a time would depend on the clock: 0 or forever");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Execution>> Execution::Create(
    const ExecutionOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  auto execution = absl::WrapUnique(new Execution(options));
  TracerOptions tracing;
  tracing.directory = options.directory;
  tracing.deadline = options.deadline;
  tracing.processor = options.processor;
  absl::StatusOr<std::unique_ptr<Tracer>> tracer = Tracer::Create(tracing);
  if (!tracer.ok()) return tracer.status();
  execution->tracer_ = *std::move(tracer);
  execution->can_copy_ = options.copies;
  execution->lanes_.resize(options.cycles.size());
  for (Lane& lane : execution->lanes_) lane.restart = true;
  const absl::Status prepared = execution->Prepare(InitialState{"empty", {}});
  if (!prepared.ok()) return prepared;
  return execution;
}

Execution::~Execution() = default;

absl::Status Execution::Reconfigure(const ExecutionOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  const size_t lanes = options.cycles.size();
  for (size_t i = lanes; i < lanes_.size(); ++i) {
    for (const int number :
         {static_cast<int>(i), Tracer::SurvivorsOf(static_cast<int>(i))}) {
      const absl::StatusOr<Footprint> killed = tracer_->Kill(number);
      if (!killed.ok()) return killed.status();
    }
  }
  Lane fresh;
  fresh.restart = true;
  lanes_.resize(lanes, fresh);
  options_.cycles = options.cycles;
  options_.wait = options.wait;
  options_.crashes = options.crashes;
  options_.failures = options.failures;
  options_.fresh = options.fresh;
  options_.copies = options.copies;
  options_.late = options.late;
  options_.ages = options.ages;
  options_.needs_visible = options.needs_visible;
  options_.check_end = options.check_end;
  options_.record = options.record;
  options_.max_steps = options.max_steps;
  return absl::OkStatus();
}

void Execution::StartAnew() {
  for (Lane& lane : lanes_) lane.restart = true;
}

std::string Execution::Format(const Outcome& outcome) const {
  return FormatTimeline(outcome.timeline,
                        static_cast<int>(options_.cycles.size()),
                        options_.directory);
}

std::string Execution::LineFor(bool release) const {
  return EncodeLine(release ? ReleaseCommand(kHandle)
                            : AcquireCommand(kHandle,
                                             absl::StrCat(options_.directory,
                                                          "/", options_.lock),
                                             options_.wait));
}

// --- Before
// -------------------------------------------------------------------

absl::Status Execution::StartContender(int actor) {
  ++starts_;
  // Survivors of one that was copied may read what the next copy is sent.
  const bool apart = tracer_->HasSurvivors(actor);
  if (options_.copies && tracer_->HasPattern(actor) && !apart) {
    absl::Status copied = tracer_->StartCopy(actor);
    if (copied.ok() || !absl::IsUnavailable(copied)) return copied;
    can_copy_ = false;
  }
  const absl::StatusOr<std::string> hello =
      tracer_->Start(actor, options_.source);
  if (!hello.ok()) return hello.status();
  if (introduction_.empty()) introduction_ = *hello;
  if (!options_.copies || !can_copy_ || apart) return absl::OkStatus();
  const absl::StatusOr<bool> kept = tracer_->Keep(actor);
  can_copy_ = kept.ok() && *kept;
  if (can_copy_) return tracer_->StartCopy(actor);
  // It is as it was, or gone.
  return kept.ok() ? absl::OkStatus()
                   : tracer_->Start(actor, options_.source).status();
}

absl::Status Execution::Prepare(const InitialState& initial) {
  outcome_ = Outcome();
  fault_ = draining_ = false;
  failing_ = -1;
  recording_ = options_.record;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int actor = static_cast<int>(i);
    absl::StatusOr<Footprint> killed =
        tracer_->Kill(Tracer::SurvivorsOf(actor));
    if (killed.ok() &&
        (lanes_[i].restart || options_.fresh || !tracer_->Lives(actor))) {
      killed = tracer_->Kill(actor);
    }
    if (!killed.ok()) return killed.status();
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int actor = static_cast<int>(i);
    const bool suspect = lanes_[i].suspect;
    lanes_[i] = Lane();
    lanes_[i].left = options_.cycles[i];
    const bool lives = tracer_->Lives(actor);
    if (lives && !suspect) continue;
    absl::Status started = lives ? absl::OkStatus() : StartContender(actor);
    if (started.ok() && !options_.fresh) started = WarmUp(actor);
    if (!started.ok()) return started;
  }
  absl::Status reset = ResetFolder(options_.directory, initial.entries);
  if (!reset.ok()) return reset;
  tracer_->FolderIs(initial.entries);
  names_.Begin(initial.entries);
  return absl::OkStatus();
}

absl::Status Execution::WarmUp(int actor) {
  absl::Status reset = ResetFolder(options_.directory, {});
  if (!reset.ok()) return reset;
  tracer_->FolderIs({});
  const bool recording = std::exchange(recording_, false);
  // Whatever it answers: that is for the executions to judge.
  for (const bool release : {false, true}) {
    const absl::StatusOr<std::string> answer = AskStraight(actor, release);
    if (!answer.ok() && !absl::IsDeadlineExceeded(answer.status())) {
      return answer.status();
    }
    if (!answer.ok() || *answer != (release ? "released a" : "acquired a") ||
        (release && tracer_->OpenDescriptors(actor) > 0)) {
      // It goes into the first execution as if it were new.
      absl::Status started = StartContender(actor);
      if (!started.ok()) return started;
      break;
    }
  }
  recording_ = recording;
  return absl::OkStatus();
}

// --- A step
// -------------------------------------------------------------------

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
    absl::StrAppend(&who, who.empty() ? "" : ", ", Letter(actor));
  }
  if (who.empty()) return "";
  return absl::StrCat("; processes that ", who, " started survived its crash");
}

// A contender that hangs is judged; other errors are ours. Who is to wait for a
// lock that another may have isn't hanging, wherever it waits.
absl::Status Execution::Judge(int actor, const absl::Status& status) {
  if (!absl::IsDeadlineExceeded(status)) return status;
  if (!draining_ && lanes_[static_cast<size_t>(actor)].acquiring &&
      options_.wait != absl::ZeroDuration()) {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (static_cast<int>(i) == actor || !lanes_[i].active()) continue;
      return absl::UnimplementedError(
          absl::StrCat("contender ", Letter(actor),
                       " waits for the lock where it isn't seen to wait"));
    }
  }
  lanes_[static_cast<size_t>(actor)].restart = true;
  lanes_[static_cast<size_t>(actor)].dead = true;
  Violated(actor, Violation::kHung, status.message());
  return absl::OkStatus();
}

absl::Status Execution::Send(int actor, bool release) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.acquiring = !release;
  lane.releasing = release;
  lane.started = false;
  lane.answered.reset();
  lane.failed = false;
  // What a helper does when it is told to let go, in no call that is seen, must
  // not be done early.
  lane.unsent = options_.late || (release && tracer_->HasHelpers(actor));
  if (lane.unsent) return absl::OkStatus();
  // A contender that ends just now is found out by the next wait.
  tracer_->Command(actor, LineFor(release)).IgnoreError();
  return absl::OkStatus();
}

// The next command of the script, if any.
absl::Status Execution::Next(int actor) {
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  lane.acquiring = lane.releasing = lane.pending = false;
  if (lane.holds) return Send(actor, /*release=*/true);
  if (lane.left == 0) return absl::OkStatus();
  return Send(actor, /*release=*/false);
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
        lane.dead = true;
        lane.restart = true;
        if (lane.holds) StopHolding(actor);
        Violated(actor, Violation::kDied,
                 absl::StrCat("contender ", Letter(actor), " ",
                              stop->ending.ToString(), "; standard error: ",
                              Printable(tracer_->StandardError(actor))));
        return absl::OkStatus();
      case Stop::Kind::kAnswer:
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
        absl::StrCat("contender ", Letter(actor), " answers ", Printable(line),
                     " to ", release ? "release" : "acquire"));
    return absl::OkStatus();
  }
  switch (answer->kind) {
    case AnswerKind::kAcquired:
      lane.holds = true;
      footprint_.Write("hold");
      for (size_t i = 0; i < lanes_.size(); ++i) {
        if (&lanes_[i] == &lane || !lanes_[i].holds) continue;
        Violated(actor, Violation::kTwoHold,
                 absl::StrCat("contender ", Letter(actor),
                              " has acquired the lock, which contender ",
                              Letter(static_cast<int>(i)), " holds"));
      }
      break;
    case AnswerKind::kBusy:
      --lane.left;
      // After a failed call that is an honest way to say that it has no lock.
      if (!lane.contested && !lane.failed) {
        Violated(actor, Violation::kRefusedThoughFree,
                 absl::StrCat("contender ", Letter(actor),
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
            absl::StrCat("contender ", Letter(actor), " answers ",
                         Printable(line)));
      }
      break;
  }
  return Next(actor);
}

absl::Status Execution::Crash(const Step& step) {
  Lane& lane = lanes_[static_cast<size_t>(step.actor)];
  // Before all others have begun, it is what they begin with: a folder, in
  // which an error has no excuse.
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& other = lanes_[i];
    fault_ |= &other != &lane && (other.started || other.holds || other.dead ||
                                  other.left < options_.cycles[i]);
  }
  const absl::StatusOr<Footprint> killed = tracer_->Crash(step.actor);
  if (!killed.ok()) return killed.status();
  footprint_.Add(*killed);
  Record(step.actor, Event::Kind::kKilled,
         absl::StrCat(tracer_->HasSurvivors(step.actor)
                          ? ", and its other processes live on"
                          : "",
                      options_.ages ? ", and a year passes" : ""));
  if (options_.ages) {
    absl::Status aged = AgeFolder(options_.directory);
    if (!aged.ok()) return aged;
    footprint_.Add(tracer_->FolderAges());
  }
  if (lane.holds) StopHolding(step.actor);
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
      Letter(actor));
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
           lane.releasing ? "release" : "acquire");
    if (lane.releasing && lane.holds) StopHolding(actor);
  }
  if (std::exchange(lane.unsent, false)) {
    // Whatever it does now may be what can't be seen.
    footprint_.Write("unseen");
    tracer_->Command(actor, LineFor(lane.releasing)).IgnoreError();
    lane.started = false;  // so that an answer is kept
    absl::Status advanced = Advance(actor);
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
        "contender ", Letter(actor), " answers ", Printable(*lane.answered),
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
  ++calls_[call.type->name];
  Event event;
  event.actor = actor;
  if (recording_) event.call = call;
  absl::StatusOr<Performed> performed;
  if (step.kind == Step::Kind::kFail && step.error != 0) {
    performed = tracer_->Fail(number, step.error, step.partial);
  } else if (step.partial >= 0) {
    performed = tracer_->Shorten(number, static_cast<uint64_t>(step.partial));
  } else if (step.kind == Step::Kind::kRun && !recording_) {
    performed = tracer_->Pass(number);
  } else {
    performed = tracer_->Perform(number);
  }
  if (!performed.ok()) return Judge(actor, performed.status());
  if (step.kind == Step::Kind::kFail) {
    fault_ = lane.failed = true;
    failing_ = actor;
    event.injected = true;
  }
  event.result = performed->result;
  if (recording_) outcome_.timeline.push_back(std::move(event));
  footprint_.Add(performed->footprint);
  if (step.kind == Step::Kind::kCrashAfter) return Crash(step);
  if (!lane.dead) return Advance(actor);
  ++lane.survivor_calls;
  return AdvanceSurvivors(actor);
}

// --- An execution
// -------------------------------------------------------------

// Some put their process's number into a file's name, or make one up. It is
// another one next time, and the step is the same.
void Execution::NameTheSame(int actor) {
  constexpr absl::string_view kName = "name:";
  Footprint named;
  bool changed = false;
  for (Access& access : footprint_.accesses) {
    std::string object = access.object;
    if (absl::StartsWith(object, kName)) {
      const std::string path = object.substr(kName.size());
      std::string lettered = path;
      if (path.find_first_of("0123456789") != std::string::npos) {
        for (size_t i = 0; i < lanes_.size(); ++i) {
          const int other = static_cast<int>(i);
          for (const pid_t pid : tracer_->Processes(other)) {
            lettered = absl::StrReplaceAll(
                lettered,
                {{absl::StrCat(pid), absl::StrCat("{", Letter(other), "}")}});
          }
        }
      }
      object = absl::StrCat(kName, names_.Canonical(path, lettered, actor));
      changed |= object != access.object;
    }
    if (access.write) {
      named.Write(object);
    } else {
      named.Read(object);
    }
  }
  if (changed) footprint_ = std::move(named);
}

std::vector<ActorState> Execution::States() {
  std::vector<ActorState> states(lanes_.size());
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int actor = static_cast<int>(i);
    const Lane& lane = lanes_[i];
    ActorState& state = states[i];
    state.actor = actor;
    state.finished = lane.finished();
    state.yielded = lane.yielded;
    state.idle = !lane.started && !lane.dead;
    if (state.finished) continue;
    if (lane.dead) {
      state.enabled = !tracer_->WouldBlock(NumberOf(actor));
      continue;
    }
    state.enabled = lane.unsent || lane.answered.has_value() ||
                    (lane.pending && !tracer_->WouldBlock(actor));
    if (options_.crashes && lane.unsent && lane.releasing) {
      // As a holder that does nothing at all.
      Step crash;
      crash.actor = actor;
      crash.kind = Step::Kind::kCrashBefore;
      state.faults = {crash};
    }
    if (!lane.pending) continue;
    const Call& call = *tracer_->Pending(actor);
    if (options_.crashes) state.faults = CrashesAt(actor, call);
    // Whose interruption would lose the shared lock, too.
    if (options_.failures && !tracer_->Converts(actor)) {
      for (const Step& failure : FailuresAt(actor, call)) {
        state.faults.push_back(failure);
      }
    }
    if (!state.enabled) {
      state.faults.erase(
          std::remove_if(
              state.faults.begin(), state.faults.end(),
              [](const Step& fault) { return !HappensWhileWaiting(fault); }),
          state.faults.end());
    }
  }
  return states;
}

// What is left of all scripts: commands that have not been answered.
int Execution::Left() const {
  int left = 0;
  for (const Lane& lane : lanes_) {
    left += lane.dead ? 0 : 2 * lane.left - (lane.holds ? 1 : 0);
  }
  return left;
}

// Whether somebody may hold the lock, or `ever`, may hold it for good.
bool Execution::HeldFor(bool ever) const {
  return std::any_of(lanes_.begin(), lanes_.end(), [ever](const Lane& lane) {
    return ever ? lane.unsure : lane.holds || lane.releasing;
  });
}

absl::StatusOr<Outcome> Execution::Run(const InitialState& initial,
                                       Choose choose, Executed executed) {
  absl::Status status = Prepare(initial);
  for (size_t i = 0; i < lanes_.size() && status.ok(); ++i) {
    status = Next(static_cast<int>(i));
    if (status.ok()) status = Advance(static_cast<int>(i));
  }
  int idle_steps = 0;
  while (status.ok() && outcome_.violation == Violation::kNone) {
    const std::vector<ActorState> states = States();
    if (std::all_of(states.begin(), states.end(),
                    [](const ActorState& s) { return s.finished; })) {
      outcome_.complete = true;
      break;
    }
    if (std::none_of(states.begin(), states.end(),
                     [](const ActorState& s) { return s.enabled; })) {
      if (std::all_of(states.begin(), states.end(), [&](const auto& s) {
            return s.finished || lanes_[static_cast<size_t>(s.actor)].dead;
          })) {
        // Only survivors of crashes wait.
        outcome_.complete = true;
        break;
      }
      bool converts = false;
      for (const ActorState& state : states) {
        converts |= !state.finished && tracer_->Converts(NumberOf(state.actor));
      }
      // Some of them would have let go of what they have.
      if (converts) {
        StartAnew();
        return std::move(outcome_);
      }
      std::string who;
      for (const ActorState& state : states) {
        if (state.finished) continue;
        absl::StrAppend(&who, who.empty() ? "" : ", ", Whoever(state.actor),
                        " in ",
                        FormatCall(*tracer_->Pending(NumberOf(state.actor))));
      }
      Violated(0, Violation::kDeadlock, absl::StrCat("all wait: ", who));
      break;
    }
    if (outcome_.steps >= options_.max_steps) break;
    const std::optional<Step> step = choose(states);
    if (!step.has_value()) break;
    bool possible = step->actor >= 0 &&
                    step->actor < static_cast<int>(states.size()) &&
                    !states[static_cast<size_t>(step->actor)].finished &&
                    (states[static_cast<size_t>(step->actor)].enabled ||
                     HappensWhileWaiting(*step));
    if (possible && lanes_[static_cast<size_t>(step->actor)].dead) {
      possible = step->kind == Step::Kind::kRun;
    }
    // Whoever shortens a schedule moves failures to other calls.
    if (possible && step->kind == Step::Kind::kFail) {
      const Call* const call = tracer_->Pending(step->actor);
      possible = call != nullptr && CanFail(*call, *step);
    }
    if (!possible) {
      StartAnew();
      return absl::InvalidArgumentError(absl::StrCat(
          "step ", outcome_.steps + 1, ": contender ", Letter(step->actor),
          " can't go on there: the schedule is another implementation's"));
    }
    const int left = Left();
    status = Do(*step);
    if (status.ok()) status = NoticeDeaths();
    ++outcome_.steps;
    if (status.ok()) {
      NameTheSame(step->actor);
      executed(*step, footprint_);
    }
    // Naps and refusals by the system apart, somebody gets on with its script.
    idle_steps = Left() < left ? 0 : idle_steps + 1;
    if (idle_steps >= kMaxIdleSteps && HeldFor(/*ever=*/true)) {
      // Its release failed, and it said so: the others may wait for ever.
      StartAnew();
      outcome_.complete = true;
      return std::move(outcome_);
    }
    if (idle_steps >= kMaxIdleSteps && !HeldFor(/*ever=*/false)) {
      lanes_[static_cast<size_t>(step->actor)].restart = true;
      Violated(step->actor, Violation::kHung,
               absl::StrCat("nobody holds the lock, and nobody has got it in ",
                            kMaxIdleSteps, " calls"));
    }
  }
  if (!status.ok()) {
    StartAnew();
    return status;
  }
  if (outcome_.violation != Violation::kNone) {
    status = Recover();
    if (!status.ok()) return status;
    return std::move(outcome_);
  }
  if (outcome_.complete) {
    CheckDescriptors();
    if (options_.check_end && outcome_.violation == Violation::kNone) {
      status = CheckEnd();
    }
  } else if (!std::all_of(lanes_.begin(), lanes_.end(),
                          [](const Lane& lane) { return lane.restart; })) {
    status = Drain();
  }
  if (status.ok() && outcome_.violation != Violation::kNone) {
    status = Recover();
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (tracer_->OpenDescriptors(static_cast<int>(i)) > 0 || !status.ok()) {
      lanes_[i].restart = true;
    }
  }
  if (!status.ok()) return status;
  return std::move(outcome_);
}

// After a violation contenders are started anew. Those that can't be copied
// take long to start, as a rule, and are kept instead where they have done all
// that they were told; and then must acquire and release in an empty folder.
absl::Status Execution::Recover() {
  switch (outcome_.violation) {
    case Violation::kTwoHold:
    case Violation::kRefusedThoughFree:
    case Violation::kNeverFree:
    case Violation::kAcquireFailed:
    case Violation::kReleaseFailed:
    case Violation::kLeaked:
      break;
    case Violation::kNone:
    case Violation::kDeadlock:
    case Violation::kDied:
    case Violation::kHung:
    case Violation::kNonsense:
      StartAnew();
      return absl::OkStatus();
  }
  if (can_copy_ || options_.late || !recovers_) {
    StartAnew();
    return absl::OkStatus();
  }
  std::vector<bool> dead;
  for (const Lane& lane : lanes_) dead.push_back(lane.dead);
  absl::Status drained = Drain();
  if (!drained.ok()) return drained;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    // To find that out once more takes the whole deadline, each time.
    if (lanes_[i].dead && !dead[i]) recovers_ = false;
    lanes_[i].suspect = true;
    if (lanes_[i].unsure || tracer_->OpenDescriptors(static_cast<int>(i)) > 0) {
      lanes_[i].restart = true;
    }
  }
  return absl::OkStatus();
}

// After an execution that was given up, its contenders finish what they were
// sent, one after the other, so that they needn't be started anew.
absl::Status Execution::Drain() {
  recording_ = false;
  draining_ = true;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    lane.left = std::min(lane.left, 1);
    lane.survivors = false;
    // Where a violation left it running.
    if (lane.pending || lane.answered.has_value()) continue;
    absl::Status advanced = Advance(static_cast<int>(i));
    if (!advanced.ok()) return advanced;
  }
  for (int i = 0; i < kMaxStraightCalls; ++i) {
    std::vector<ActorState> states = States();
    // Whoever has just napped comes last.
    std::stable_sort(states.begin(), states.end(),
                     [](const ActorState& x, const ActorState& y) {
                       return !x.yielded && y.yielded;
                     });
    const auto next =
        std::find_if(states.begin(), states.end(),
                     [](const ActorState& s) { return s.enabled; });
    if (next == states.end()) break;
    Step step;
    step.actor = next->actor;
    absl::Status done = Do(step);
    if (done.ok()) done = NoticeDeaths();
    if (!done.ok()) return done;
    for (Lane& lane : lanes_) {
      if (&lane != &lanes_[static_cast<size_t>(step.actor)]) {
        lane.yielded = false;
      }
    }
  }
  for (Lane& lane : lanes_) {
    if (!lane.finished()) lane.restart = true;
  }
  return absl::OkStatus();
}

// The answer to a command while all others stand.
absl::StatusOr<std::string> Execution::AskStraight(int actor, bool release) {
  absl::Status status = tracer_->Command(actor, LineFor(release));
  if (!status.ok()) return std::string("(it has ended)");
  Record(actor, Event::Kind::kCommand, release ? "release" : "acquire");
  for (int i = 0; i < kMaxStraightCalls; ++i) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    if (!stop.ok()) return stop.status();
    if (stop->kind == Stop::Kind::kAnswer) {
      Record(actor, Event::Kind::kAnswer, stop->answer);
      return std::move(stop->answer);
    }
    if (stop->kind == Stop::Kind::kEnded) {
      return absl::StrCat("(it ", stop->ending.ToString(), ")");
    }
    if (tracer_->WouldBlock(actor)) {
      return absl::StrCat("(it waits in ", FormatCall(stop->call), ")");
    }
    const absl::StatusOr<Performed> performed =
        recording_ ? tracer_->Perform(actor) : tracer_->Pass(actor);
    if (!performed.ok()) return performed.status();
    if (!recording_) continue;
    Event event;
    event.actor = actor;
    event.call = std::move(stop->call);
    event.result = performed->result;
    outcome_.timeline.push_back(std::move(event));
  }
  return std::string("(it tries again and again)");
}

// What a contender keeps open when nothing has failed is its own business; a
// failed call must not make it more.
void Execution::CheckDescriptors() {
  int most = 0;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const int open = tracer_->OpenDescriptors(static_cast<int>(i));
    outcome_.leaked.push_back(open);
    if (lanes_[i].dead || lanes_[i].unsure) continue;
    most = std::max(most, open);
    if (failing_ == static_cast<int>(i) && usual_descriptors_ >= 0 &&
        open > usual_descriptors_) {
      Violated(failing_, Violation::kLeaked,
               absl::StrCat("contender ", Letter(failing_), " has ", open,
                            " descriptors of the folder open at the end, and ",
                            usual_descriptors_, " when no call fails"));
    }
  }
  if (!fault_) usual_descriptors_ = std::max(usual_descriptors_, most);
}

absl::Status Execution::CheckEnd() {
  // One whose release failed may hold the lock, and has said so.
  if (std::any_of(lanes_.begin(), lanes_.end(),
                  [](const Lane& lane) { return lane.unsure; })) {
    return absl::OkStatus();
  }
  // After a failed call, whoever it was that it failed; after a crash, somebody
  // who has seen nothing of it.
  int actor = std::max(failing_, 0);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].dead) actor = static_cast<int>(i);
  }
  Lane& lane = lanes_[static_cast<size_t>(actor)];
  if (lane.dead) {
    absl::Status started = StartContender(actor);
    if (!started.ok()) return started;
    lane = Lane();  // with nothing left to do
  }
  for (const bool release : {false, true}) {
    const absl::StatusOr<std::string> answer = AskStraight(actor, release);
    if (!answer.ok()) return Judge(actor, answer.status());
    const absl::string_view expected = release ? "released a" : "acquired a";
    if (*answer != expected) {
      // Otherwise it is at rest.
      lane.restart = !absl::StartsWith(*answer, "busy ");
      Violated(actor,
               release ? Violation::kReleaseFailed : Violation::kNeverFree,
               absl::StrCat("at the end nobody holds the lock, and contender ",
                            Letter(actor), " answers ", *answer, " to ",
                            release ? "release" : "acquire"));
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

}  // namespace conformance::explorer
