// An execution from its first step to its last.

#include "conformance/explorer/execution/execution.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/execution/faults.h"
#include "conformance/explorer/execution/generated_names.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/execution/judgement.h"
#include "conformance/explorer/execution/timeline.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// So many steps in a row by which nobody gets on, though the lock is free, and
// nobody ever will.
constexpr int kMaxIdleSteps = 500;
// Steps of one whose input has ended. More of them, and it won't.
constexpr int kMaxLastCalls = 1'000;

// Whether it can happen to a contender that waits in a call for others.
bool HappensWhileWaiting(const Step& step) {
  return step.kind == Step::Kind::kCrashBefore ||
         (step.kind == Step::Kind::kFail && step.error != 0 && !step.cuts());
}

}  // namespace

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
  if (options.copies && !options.ends.empty()) {
    return absl::InvalidArgumentError("a copy's input can't end");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Execution>> Execution::Create(
    const ExecutionOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  auto execution = absl::WrapUnique(new Execution(options));
  absl::StatusOr<std::unique_ptr<Tracer>> tracer =
      Tracer::Create(options.tracing);
  if (!tracer.ok()) return tracer.status();
  execution->tracer_ = *std::move(tracer);
  execution->can_copy_ = options.copies;
  execution->progress_.resize(options.cycles.size());
  execution->StartAnew();
  const absl::Status prepared = execution->Prepare(InitialState{"empty", {}});
  if (!prepared.ok()) return prepared;
  if (execution->outcome_.stopped == Stopped::kNeverRests) {
    return absl::DeadlineExceededError(execution->outcome_.message);
  }
  return execution;
}

Execution::~Execution() = default;

absl::Status Execution::Reconfigure(const ExecutionOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  const size_t contenders = options.cycles.size();
  for (size_t i = contenders; i < progress_.size(); ++i) {
    surplus_.insert(static_cast<int>(i));
  }
  Progress fresh;
  fresh.StartAnew();
  progress_.resize(contenders, fresh);
  ExecutionOptions others = options;
  others.source = std::move(options_.source);
  others.tracing = std::move(options_.tracing);
  others.lock = std::move(options_.lock);
  // Those that have never acquired wouldn't do what warmed up ones do.
  if (options_.fresh && !others.fresh) StartAnew();
  options_ = std::move(others);
  return absl::OkStatus();
}

void Execution::StartAnew() {
  for (Progress& one : progress_) one.StartAnew();
}

absl::Status Execution::MoveTo(const std::string& directory) {
  stops_elsewhere_ += tracer_->stops();
  options_.tracing.directory = directory;
  // One tracer at a time: its end undoes what it did to this process.
  tracer_.reset();
  absl::StatusOr<std::unique_ptr<Tracer>> tracer =
      Tracer::Create(options_.tracing);
  if (!tracer.ok()) return tracer.status();
  tracer_ = *std::move(tracer);
  StartAnew();
  return absl::OkStatus();
}

std::string Execution::Format(const ExecutionOutcome& outcome) const {
  return FormatTimeline(outcome.timeline,
                        static_cast<int>(options_.cycles.size()),
                        options_.tracing.directory);
}

// Some put their process's number into a file's name, or when it started, or
// make one up. It is another one next time, and the step is the same.
void Execution::NameTheSame(int actor) {
  Footprint named;
  bool changed = false;
  for (const Access& access : footprint_.accesses) {
    Object object = access.object;
    if (object.kind() == Object::Kind::kName) {
      const std::string& path = access.object.id();
      object = Object::Name(names_.Canonical(path, Lettered(path), actor));
      changed |= !(object == access.object);
    }
    if (access.write) {
      named.Write(object);
    } else {
      named.Read(object);
    }
  }
  if (changed) footprint_ = std::move(named);
}

// With letters for what differs from one process to the next.
std::string Execution::Lettered(const std::string& path) {
  if (path.find_first_of("0123456789") == std::string::npos) return path;
  std::map<std::string, std::string> words;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    for (const pid_t pid : tracer_->processes().MainProcesses(actor)) {
      std::string& start = start_times_[pid];
      if (start.empty()) start = StartTimeOf(pid);
      // Some start at the same time.
      if (!start.empty()) words.emplace(start, "{@}");
    }
  }
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    for (const pid_t pid : tracer_->processes().MainProcesses(actor)) {
      words[absl::StrCat(pid)] = absl::StrCat("{", LetterOf(actor), "}");
    }
  }
  std::vector<std::string> parts = absl::StrSplit(path, '/');
  for (std::string& part : parts) {
    if (names_.IsInitial(part)) continue;
    part = WithOtherNumbers(
        part, [&](absl::string_view number) -> std::optional<std::string> {
          const auto word = words.find(std::string(number));
          if (word == words.end()) return std::nullopt;
          return word->second;
        });
  }
  return absl::StrJoin(parts, "/");
}

std::vector<ActorState> Execution::States() {
  std::vector<ActorState> states(progress_.size());
  for (size_t i = 0; i < progress_.size(); ++i) {
    const int actor = static_cast<int>(i);
    const Progress& it = progress_[i];
    ActorState& state = states[i];
    state.actor = actor;
    state.finished = it.finished();
    state.yielded = it.yielded;
    state.idle = it.state != Progress::State::kAtWork && !it.dead();
    if (state.finished) continue;
    if (it.dead()) {
      state.enabled = !tracer_->WouldBlock(IdOf(actor));
      if (!state.enabled) state.waits_for = tracer_->WaitsFor(IdOf(actor));
      continue;
    }
    const bool untold = it.state == Progress::State::kUntold;
    state.enabled = untold || it.answered.has_value() ||
                    (it.pending && !tracer_->WouldBlock(actor));
    if (!state.enabled) state.waits_for = tracer_->WaitsFor(actor);
    if (options_.crashes && untold && it.work == Judgement::Work::kRelease) {
      // As a holder that does nothing at all.
      Step crash;
      crash.actor = actor;
      crash.kind = Step::Kind::kCrashBefore;
      state.faults = {crash};
    }
    if (!it.pending) continue;
    const Call& call = *tracer_->processes().Pending(actor);
    if (options_.crashes) {
      state.faults = CrashesAt(actor, call);
      // The first of them is before the call.
      if (!options_.crashes_after) state.faults.resize(1);
    }
    // The interruption of a conversion would also lose the shared lock.
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

// The rest of all scripts: commands that have not been answered.
int Execution::Left() const {
  int left = 0;
  for (size_t i = 0; i < progress_.size(); ++i) {
    if (progress_[i].dead()) continue;
    left +=
        2 * progress_[i].left - (judgement_.Holds(static_cast<int>(i)) ? 1 : 0);
  }
  return left;
}

absl::StatusOr<ExecutionOutcome> Execution::Run(const InitialState& initial,
                                                Choose choose,
                                                Executed executed) {
  absl::Status status = Prepare(initial);
  if (status.ok()) status = RunScripts(choose, executed);
  if (status.ok()) status = Conclude();
  if (!status.ok()) {
    StartAnew();
    return status;
  }
  return std::move(outcome_);
}

// Step by step, until all are finished, or there is something to be told, or it
// is given up.
absl::Status Execution::RunScripts(Choose choose, Executed executed) {
  for (size_t i = 0; i < progress_.size() && !is_broken_off(); ++i) {
    absl::Status begun = Next(static_cast<int>(i));
    if (begun.ok()) begun = Advance(static_cast<int>(i));
    if (!begun.ok()) return begun;
  }
  Idle idle;
  while (!is_over()) {
    const std::vector<ActorState> states = States();
    if (std::none_of(states.begin(), states.end(),
                     [](const ActorState& s) { return s.enabled; })) {
      outcome_.at_rest = states;
      NobodyCanGoOn(states);
      return absl::OkStatus();
    }
    if (outcome_.steps >= options_.max_steps) return absl::OkStatus();
    const std::optional<Step> step = choose(states);
    if (!step.has_value()) return absl::OkStatus();
    if (!IsPossible(*step, states)) {
      BreakOff(Stopped::kImpossibleStep,
               absl::StrCat("step ", outcome_.steps + 1, ": contender ",
                            LetterOf(step->actor),
                            " can't go on there: the schedule is another "
                            "implementation's"));
      return absl::OkStatus();
    }
    const int left = Left();
    const bool doubted = judgement_.doubts();
    absl::Status status = Do(*step);
    if (!status.ok()) return status;
    if (is_broken_off()) return absl::OkStatus();
    status = NoticeDeaths();
    if (!status.ok()) return status;
    if (is_broken_off()) return absl::OkStatus();
    if (doubted &&
        std::any_of(footprint_.accesses.begin(), footprint_.accesses.end(),
                    [](const Access& a) { return a.write; })) {
      judgement_.Changed();
    }
    ++outcome_.steps;
    NameTheSame(step->actor);
    executed(*step, footprint_);
    if (progress(step->actor).ending()) {
      // It takes what time it likes, but not for ever.
      if (++progress(step->actor).last_calls > kMaxLastCalls) {
        DoesNotEnd(step->actor);
      }
      continue;
    }
    // Naps and refusals by the system apart, somebody gets on with its script.
    idle.steps = Left() < left ? 0 : idle.steps + 1;
    if (idle.steps < kMaxIdleSteps) continue;
    status = NobodyGetsOn(step->actor, idle);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// All are finished, or wait in calls for each other.
void Execution::NobodyCanGoOn(const std::vector<ActorState>& states) {
  // Survivors of crashes may wait.
  outcome_.complete =
      std::all_of(states.begin(), states.end(), [&](const ActorState& s) {
        return s.finished || progress(s.actor).dead();
      });
  if (outcome_.complete) return;
  for (const ActorState& state : states) {
    if (state.finished || !tracer_->Converts(IdOf(state.actor))) continue;
    // Some of them would have let go of what they have.
    StartAnew();
    return;
  }
  if (judgement_.AnyMayHoldForGood()) {
    // They wait for a release that failed, and that said so.
    StartAnew();
    outcome_.complete = true;
    return;
  }
  std::string who;
  for (const ActorState& state : states) {
    if (state.finished) continue;
    absl::StrAppend(
        &who, who.empty() ? "" : ", ", Whoever(state.actor), " in ",
        FormatCall(*tracer_->processes().Pending(IdOf(state.actor))));
  }
  Violated(0, Violation::kDeadlock, absl::StrCat("all wait: ", who));
}

bool Execution::IsPossible(const Step& step,
                           const std::vector<ActorState>& states) {
  if (step.actor < 0 || step.actor >= static_cast<int>(states.size())) {
    return false;
  }
  const ActorState& state = states[static_cast<size_t>(step.actor)];
  if (state.finished) return false;
  if (!state.enabled && !HappensWhileWaiting(step)) return false;
  const Progress& it = progress(step.actor);
  if (it.dead()) return step.kind == Step::Kind::kRun;
  // The end of its input is no call.
  if (it.ending() && it.state == Progress::State::kUntold &&
      step.kind != Step::Kind::kRun && step.kind != Step::Kind::kCrashBefore) {
    return false;
  }
  if (step.kind != Step::Kind::kFail) return true;
  // A shorter schedule may have its failures at other calls.
  const Call* const call = tracer_->processes().Pending(step.actor);
  return call != nullptr && CanFail(*call, step);
}

// Nobody has for so long. Those that poll may wait for what they find to become
// old, or for as long as they see fit, by the clock; then they hang.
absl::Status Execution::NobodyGetsOn(int actor, Idle& idle) {
  if (judgement_.AnyMayHoldForGood()) {
    // A release failed, and said so: the others may wait for ever.
    StartAnew();
    outcome_.complete = true;
    return absl::OkStatus();
  }
  if (judgement_.AnyHolds()) return absl::OkStatus();
  const absl::Duration now = MonotonicNow();
  if (!idle.aged) {
    idle.aged = true;
    idle.steps = 0;
    idle.until = now + options_.stuck_limit;
    return LetTimePass();
  }
  if (now < idle.until) {
    tracer_->NapsTakeTime(true);
    return absl::OkStatus();
  }
  progress(actor).StartAnew();
  Violated(actor, Violation::kHung,
           absl::StrCat("nobody holds the lock, and nobody has got it in ",
                        2 * kMaxIdleSteps,
                        " calls, nor when all in the folder had become a year "
                        "old"));
  return absl::OkStatus();
}

// The judgement at the end, and the beginning of the next execution.
absl::Status Execution::Conclude() {
  if (is_broken_off()) return absl::OkStatus();
  if (outcome_.violation != Violation::kNone) return Recover();
  absl::Status status;
  if (outcome_.complete) {
    CheckDescriptors();
    if (options_.check_end && outcome_.violation == Violation::kNone) {
      status = CheckEnd();
    }
  } else if (!std::all_of(progress_.begin(), progress_.end(),
                          [](const Progress& one) {
                            return one.next == Progress::Next::kStartAnew;
                          })) {
    status = Drain();
  }
  if (status.ok() && !is_broken_off() &&
      outcome_.violation != Violation::kNone) {
    status = Recover();
  }
  for (size_t i = 0; i < progress_.size(); ++i) {
    if (tracer_->OpenDescriptors(static_cast<int>(i)) > 0) {
      progress_[i].StartAnew();
    }
  }
  return status;
}

}  // namespace conformance::explorer
