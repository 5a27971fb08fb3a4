// Replays: of schedules that somebody asks for, and of those that are to be
// made simple.

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/minimise.h"
#include "conformance/explorer/schedules/replay.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// How often a schedule is replayed to make it simpler.
constexpr int kMaxReplays = 300;
// How often it may fail to show.
constexpr int kChancesToShow = 2;
// Over the time of the search: a schedule that is short is worth it. But so
// much is left before the end of all, in which the finding is shown again.
constexpr absl::Duration kMostToMakeSimple = absl::Seconds(5);
constexpr absl::Duration kLeftToShow = absl::Seconds(3);

// Those that are judged when all have ended show only there.
bool ShowsAtTheEnd(Violation violation) {
  return violation == Violation::kNeverFree ||
         violation == Violation::kRefusedThoughFree ||
         violation == Violation::kDeadlock ||
         violation == Violation::kReleaseFailed ||
         violation == Violation::kLeaked;
}

// The violations that might not be, if only one waited for longer.
bool CannotGetOn(Violation violation) {
  return violation == Violation::kNeverFree || violation == Violation::kHung;
}

bool HasFailure(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind == Step::Kind::kFail;
  });
}

// Cycles and contenders that the schedule doesn't get to.
Schedule WithoutIdle(Schedule schedule) {
  while (schedule.cycles.size() > 1 &&
         std::none_of(schedule.steps.begin(), schedule.steps.end(),
                      [&](const Step& step) {
                        return step.actor + 1 ==
                               static_cast<int>(schedule.cycles.size());
                      })) {
    schedule.cycles.pop_back();
  }
  schedule.ends.resize(std::min(schedule.ends.size(), schedule.cycles.size()));
  while (!schedule.ends.empty() && schedule.ends.back() == NormalEnd::kNone) {
    schedule.ends.pop_back();
  }
  return schedule;
}

}  // namespace

absl::StatusOr<bool> Explorer::ShowsUnder(const Conditions& conditions,
                                          const Schedule& schedule,
                                          Violation violation) {
  const absl::StatusOr<InitialState> initial = InitialOf(schedule.initial);
  if (!initial.ok()) return initial.status();
  Conditions with_faults = conditions;
  with_faults.crashes = with_faults.failures = HasFault(schedule.steps);
  absl::Status configured = Configure(schedule, with_faults);
  if (!configured.ok()) return configured;
  Replay replay(schedule, ShowsAtTheEnd(violation) ? Replay::Then::kGoOn
                                                   : Replay::Then::kStop);
  replay.NextSchedule();
  const absl::StatusOr<ExecutionTrace> ran = RunOne(replay, *initial);
  if (!ran.ok()) return ran.status();
  return ran->outcome.stopped == Stopped::kNot &&
         ran->outcome.violation == violation && replay.divergence().empty();
}

absl::StatusOr<bool> Explorer::Shows(const Schedule& schedule,
                                     Violation violation) {
  return ShowsUnder(Conditions(), schedule, violation);
}

absl::StatusOr<bool> Explorer::ShowsWithoutCopies(const Schedule& schedule,
                                                  Violation violation) {
  Conditions started;
  started.copies = false;
  return ShowsUnder(started, schedule, violation);
}

absl::StatusOr<bool> Explorer::FailsWithoutFaults(const Schedule& schedule) {
  Schedule plain = schedule;
  for (Step& step : plain.steps) step = Step{step.actor};
  const absl::StatusOr<ReplayResult> replayed = PlayInThose(plain);
  if (!replayed.ok()) return replayed.status();
  return replayed->outcome.stopped == Stopped::kNot &&
         replayed->outcome.violation != Violation::kNone;
}

absl::StatusOr<ReplayResult> Explorer::Play(const Schedule& schedule,
                                            Replay::Then then) {
  if (HasFailure(schedule.steps) && !execution_->knows_descriptors()) {
    Schedule plain = schedule;
    for (Step& step : plain.steps) step = Step{step.actor};
    absl::Status learnt = LearnDescriptors(plain);
    plain.initial = "empty";
    plain.steps.clear();
    if (learnt.ok()) learnt = LearnDescriptors(plain);
    if (!learnt.ok()) return learnt;
  }
  if (!HasFault(schedule.steps) && schedule.cycles.size() > 1 &&
      schedule.ends.empty()) {
    absl::Status learnt = LearnPlainDescriptors(schedule);
    if (!learnt.ok()) return learnt;
  }
  execution_->StartAnew();
  stuck_limit_ = options_.stuck_limit;
  absl::StatusOr<ReplayResult> replayed = PlayInThose(schedule, then);
  stuck_limit_ = absl::ZeroDuration();
  return replayed;
}

// Some keep things elsewhere, such as semaphores, under names that they make of
// the lock's path, and what one that was killed has left there is no part of
// any schedule.
absl::StatusOr<ReplayResult> Explorer::PlayElsewhere(const Schedule& schedule) {
  const std::string& home = options_.tracing.directory;
  const std::string elsewhere = absl::StrCat(home, "/", ++folders_);
  struct stat known;
  if (::stat(home.c_str(), &known) != 0 ||
      ::mkdir(elsewhere.c_str(), 0700) != 0 ||
      ::chmod(elsewhere.c_str(), known.st_mode & 07777) != 0) {
    return absl::InternalError(
        absl::StrCat("no folder ", elsewhere, ": ", ::strerror(errno)));
  }
  absl::Status moved = execution_->MoveTo(elsewhere);
  if (!moved.ok()) return moved;
  absl::StatusOr<ReplayResult> replayed = Play(schedule);
  // The next execution empties it, and that removes the other.
  moved = execution_->MoveTo(home);
  if (!moved.ok()) return moved;
  return replayed;
}

// How many stay open when this is done. Where it can't be, nothing is learnt.
absl::Status Explorer::LearnDescriptors(const Schedule& schedule) {
  return PlayInThose(schedule).status();
}

// The same of a script, one contender after the other; once, since one may hang
// in it.
absl::Status Explorer::LearnPlainDescriptors(Schedule schedule) {
  if (std::exchange(tried_plain_, true)) return absl::OkStatus();
  schedule.initial = "empty";
  schedule.steps.clear();
  for (int& cycles : schedule.cycles) cycles = std::min(cycles, 2);
  return PlayInThose(schedule, Replay::Then::kGoOn, /*plain=*/true).status();
}

// In those contenders that there are, as far as they live.
absl::StatusOr<ReplayResult> Explorer::PlayInThose(const Schedule& schedule,
                                                   Replay::Then then,
                                                   bool plain) {
  const absl::StatusOr<InitialState> initial = InitialOf(schedule.initial);
  if (!initial.ok()) return initial.status();
  Conditions conditions;
  conditions.crashes = conditions.failures = HasFault(schedule.steps);
  conditions.record = true;
  conditions.copies = false;
  conditions.plain = plain;
  absl::Status configured = Configure(schedule, conditions);
  if (!configured.ok()) return configured;
  Replay replay(schedule, then);
  replay.NextSchedule();
  absl::StatusOr<ExecutionTrace> ran = RunOne(replay, *initial);
  if (!ran.ok()) return ran.status();
  replay.Finished(ran->outcome.violation == Violation::kNone &&
                  ran->outcome.complete);
  ReplayResult replayed;
  replayed.divergence = replay.divergence();
  replayed.timeline = execution_->Format(ran->outcome);
  replayed.outcome = std::move(ran->outcome);
  replayed.footprints = std::move(ran->footprints);
  replayed.played = schedule;
  replayed.played.steps = std::move(ran->steps);
  return replayed;
}

// Whether there is no time left to see if somebody gets on after all.
bool Explorer::TooLateFor(const OngoingSearch& run) const {
  return MonotonicNow() + options_.stuck_limit > run.limits.end &&
         options_.stuck_limit > absl::ZeroDuration();
}

// Whether contenders that are started show it, as copies have; and if not,
// whether what a crash left is to blame, which isn't the same each time.
absl::StatusOr<Explorer::Real> Explorer::IsReal(const Search& search,
                                                const Schedule& schedule,
                                                Violation violation) {
  execution_->StartAnew();
  const absl::StatusOr<bool> shown = ShowsWithoutCopies(schedule, violation);
  if (!shown.ok()) return shown.status();
  if (*shown) return Real::kYes;
  if (search.crash.empty() || time_is_up()) return Real::kNo;
  // If copies that are killed show it, they are to blame.
  const absl::StatusOr<bool> copied = Shows(schedule, violation);
  if (!copied.ok()) return copied.status();
  return *copied ? Real::kNo : Real::kFolderDiffers;
}

// Nothing: no fault is to blame, or it didn't show again, or the time is up, or
// all is to be done again.
absl::StatusOr<std::optional<Finding>> Explorer::Find(OngoingSearch& run,
                                                      const Schedule& found,
                                                      Violation violation,
                                                      bool has_fault) {
  const Search& search = run.search;
  // Only what a fault causes counts.
  const bool blames =
      search.faults != Search::Faults::kNone && !run.limits.faultless;
  Finding finding;
  finding.violation = std::string(ViolationName(violation));
  finding.found = finding.schedule = found;
  if (blames) {
    if (!has_fault) return std::nullopt;
    const absl::StatusOr<bool> anyway = FailsWithoutFaults(finding.found);
    if (!anyway.ok()) return anyway.status();
    if (*anyway || time_is_up()) return std::nullopt;
  }
  run.outwaited = outwaited_.count(violation) != 0 ||
                  (violation == Violation::kHung && TooLateFor(run));
  if (run.outwaited) return std::nullopt;
  const bool known = simplified_.count(violation) != 0;
  if (options_.copies && violation != Violation::kHung &&
      (execution_->can_copy() || !known)) {
    const absl::StatusOr<Real> real = IsReal(search, finding.found, violation);
    if (!real.ok()) return real.status();
    if (time_is_up()) return std::nullopt;
    run.unfaithful = *real == Real::kFolderDiffers;
    if (run.unfaithful) return std::nullopt;
    if (*real == Real::kNo) {
      again_because_ = absl::StrCat(
          execution_->can_copy() ? "copies of a contender"
                                 : "contenders that took part in others before",
          " show a violation which contenders that were started don't: ",
          finding.found.ToString());
      return std::nullopt;
    }
  }
  if (known) {
    finding.simple = false;
    return finding;
  }
  const absl::Duration simple_by = std::min(run.until + kMostToMakeSimple,
                                            options_.tracing.end - kLeftToShow);
  absl::Status broken;
  const auto shows = [&](const Schedule& schedule) {
    // Each replay of a hang takes the whole deadline.
    if (!broken.ok() || time_is_up() || violation == Violation::kHung) {
      return false;
    }
    if (MonotonicNow() >= simple_by) return false;
    const absl::StatusOr<bool> shown = Shows(schedule, violation);
    if (!shown.ok()) broken = shown.status();
    return shown.ok() && *shown;
  };
  Minimised minimised = Minimise(finding.found, shows, kMaxReplays);
  if (!broken.ok()) return broken;
  if (time_is_up()) return std::nullopt;
  finding.executions = minimised.executions;
  if (blames && !HasFault(minimised.schedule.steps)) return std::nullopt;
  finding.schedule = WithoutIdle(minimised.schedule);
  // A contender without a step may be the one that waits, or is refused at the
  // end.
  if (ShowsAtTheEnd(violation) && !shows(finding.schedule)) {
    finding.schedule = std::move(minimised.schedule);
  }
  for (size_t i = 0; i < finding.schedule.cycles.size(); ++i) {
    Schedule shorter = finding.schedule;
    while (--shorter.cycles[i] > 0 && shows(shorter)) {
      finding.schedule = shorter;
    }
  }
  if (!broken.ok()) return broken;
  // It is told by a schedule that shows it to anybody.
  for (const Schedule* schedule : {&finding.schedule, &finding.found}) {
    for (int i = 0; i < kChancesToShow; ++i) {
      absl::StatusOr<ReplayResult> replayed = PlayElsewhere(*schedule);
      if (!replayed.ok()) return replayed.status();
      if (replayed->outcome.stopped != Stopped::kNot) break;
      if (replayed->outcome.violation == Violation::kNone &&
          CannotGetOn(violation) &&
          options_.stuck_limit > absl::ZeroDuration()) {
        outwaited_.insert(violation);
        run.outwaited = true;
        return std::nullopt;
      }
      if (replayed->outcome.violation != violation) continue;
      finding.timeline = std::move(replayed->timeline);
      finding.message = std::move(replayed->outcome.message);
      finding.schedule = Schedule(*schedule);
      simplified_.insert(violation);
      return finding;
    }
  }
  if (run.lost++ == 0) run.lost_schedule = finding.found.ToString();
  return std::nullopt;
}

}  // namespace conformance::explorer
