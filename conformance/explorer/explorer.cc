// Schedulers, executions and the minimiser put together.

#include "conformance/explorer/explorer.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/depth_first.h"
#include "conformance/explorer/execution.h"
#include "conformance/explorer/file_model.h"
#include "conformance/explorer/initial_state.h"
#include "conformance/explorer/minimise.h"
#include "conformance/explorer/names.h"
#include "conformance/explorer/pct.h"
#include "conformance/explorer/preemption_bounded.h"
#include "conformance/explorer/random_walk.h"
#include "conformance/explorer/replay.h"
#include "conformance/explorer/schedule.h"
#include "conformance/explorer/scheduler.h"
#include "conformance/explorer/search.h"
#include "conformance/explorer/tree_search.h"
#include "conformance/history.h"

namespace conformance::explorer {
namespace {

// How often a schedule is replayed to make it simpler.
constexpr int kMaxReplays = 300;
// So many violations that need no fault, and a search with faults ends: they
// hide what it is looking for.
constexpr int kMaxExplained = 5;

// Over the time of the search: a schedule that is short is worth it.
constexpr absl::Duration kMostToMakeSimple = absl::Seconds(5);

// After the end, what doesn't get done in this time is given up.
constexpr absl::Duration kMostAfterTheEnd = absl::Seconds(1);

// So many random schedules of two contenders are run twice to learn names.
constexpr uint64_t kSchedulesToLearnFrom = 3;

constexpr absl::string_view kTimeWasUp = "the time was up";
constexpr absl::string_view kNamesReused =
    "names of files that seemed to be made up anew each time were used again";
constexpr absl::string_view kWorstViolation =
    "it ended where two held the lock, or none would ever";

// Nothing worse can be found; and each hang takes a while.
bool EndsTheSearch(Violation violation) {
  return violation == Violation::kTwoHold || violation == Violation::kHung;
}

std::unique_ptr<Scheduler> SchedulerFor(const Search& search,
                                        const SearchLimits& limits) {
  const int faults = search.faults == Search::Faults::kNone ? 0 : 1;
  const int64_t random_executions = limits.executions > 0
                                        ? limits.executions
                                        : std::numeric_limits<int64_t>::max();
  switch (search.order) {
    case Search::Order::kExhaustive:
      break;
    case Search::Order::kRandom: {
      RandomWalk::Options options;
      options.seed = search.seed;
      options.first = limits.worker;
      options.stride = limits.workers;
      options.executions = random_executions;
      options.max_faults = faults;
      return std::make_unique<RandomWalk>(options);
    }
    case Search::Order::kPct: {
      Pct::Options options;
      options.seed = search.seed;
      options.first = limits.worker;
      options.stride = limits.workers;
      options.executions = random_executions;
      // Where the places are drawn from must not depend on what ran before.
      options.steps = 16 * static_cast<int>(search.cycles.size());
      return std::make_unique<Pct>(options);
    }
  }
  if (search.max_preemptions == TreeSearch::kNoBound) {
    DepthFirst::Options options;
    options.max_faults = faults;
    options.mine = limits.mine;
    return std::make_unique<DepthFirst>(options);
  }
  PreemptionBounded::Options options;
  options.max_preemptions = search.max_preemptions;
  options.max_faults = faults;
  options.mine = limits.mine;
  return std::make_unique<PreemptionBounded>(options);
}

// Those that are judged when all have ended show only there.
bool ShowsAtTheEnd(Violation violation) {
  return violation == Violation::kNeverFree ||
         violation == Violation::kDeadlock ||
         violation == Violation::kReleaseFailed ||
         violation == Violation::kLeaked;
}

bool HasFault(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind != Step::Kind::kRun;
  });
}

bool HasFailure(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind == Step::Kind::kFail;
  });
}

// FNV-1a, 64 bits.
uint64_t HashOf(const std::vector<Step>& steps) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const Step& step : steps) {
    for (const char c : step.ToString()) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return hash;
}

std::string WithoutNumbers(absl::string_view text) {
  std::string without;
  bool digits = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) without += c;
    if (digit && !digits) without += '#';
    digits = digit;
  }
  return without;
}

// A folder without what differs from one process to the next.
std::string Likeness(const std::vector<Entry>& entries, const Names& names) {
  std::string likeness;
  for (const Entry& entry : entries) {
    absl::StrAppend(&likeness, static_cast<int>(entry.kind), " ",
                    WithoutNumbers(names.Pattern(entry.name)), " ", entry.mode,
                    " ", WithoutNumbers(entry.content), "\n");
  }
  return likeness;
}

Schedule ScriptOf(const Search& search) {
  Schedule script;
  script.cycles = search.cycles;
  script.waits = search.waits;
  script.fresh = search.fresh;
  script.ages = search.ages;
  script.initial = search.initial.name;
  return script;
}

// The same, with what left the initial state as the first steps of a contender
// more.
Schedule ScheduleOf(const Search& search, std::vector<Step> steps) {
  Schedule schedule = ScriptOf(search);
  if (!search.crash.empty()) {
    schedule.initial = search.before;
    schedule.cycles.insert(schedule.cycles.begin(), 1);
    for (Step& step : steps) ++step.actor;
    steps.insert(steps.begin(), search.crash.begin(), search.crash.end());
  }
  schedule.steps = std::move(steps);
  return schedule;
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
  return schedule;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Explorer>> Explorer::Create(
    const ExplorerOptions& options) {
  auto explorer = absl::WrapUnique(new Explorer(options));
  ExecutionOptions execution;
  execution.source = options.source;
  execution.directory = options.directory;
  execution.lock = options.lock;
  execution.cycles = {1};
  execution.max_steps = options.max_steps;
  execution.deadline = options.deadline;
  execution.processor = options.processor;
  execution.copies = options.copies;
  absl::StatusOr<std::unique_ptr<Execution>> created =
      Execution::Create(execution);
  if (!created.ok()) return created.status();
  explorer->execution_ = *std::move(created);
  return explorer;
}

absl::Status Explorer::Configure(const Schedule& script, bool crashes,
                                 bool failures, bool record, bool copies,
                                 bool needs_visible) {
  ExecutionOptions options = execution_->options();
  options.cycles = script.cycles;
  options.wait = script.waits ? absl::InfiniteDuration() : absl::ZeroDuration();
  options.fresh = script.fresh;
  options.copies = copies && options_.copies;
  options.late = script.late;
  options.ages = script.ages;
  options.needs_visible = needs_visible && !script.late;
  options.crashes = crashes;
  options.failures = failures;
  options.record = record;
  return execution_->Reconfigure(options);
}

absl::StatusOr<InitialState> Explorer::InitialOf(absl::string_view name) const {
  std::string known;
  for (InitialState& state : InitialStates(options_.lock)) {
    if (state.name == name) return std::move(state);
    absl::StrAppend(&known, known.empty() ? "" : ", ", state.name);
  }
  return absl::NotFoundError(absl::StrCat("there is no initial state \"", name,
                                          "\"; there are ", known));
}

absl::StatusOr<Explorer::Ran> Explorer::RunOne(Scheduler& scheduler,
                                               const InitialState& initial,
                                               absl::Duration end) {
  Ran ran;
  // From its first step on: to start contenders may take longer.
  absl::Duration last = absl::InfiniteDuration();
  absl::StatusOr<Outcome> outcome = execution_->Run(
      initial,
      [&](const std::vector<ActorState>& actors) -> std::optional<Step> {
        const absl::Duration now = MonotonicNow();
        if (ran.steps.empty()) last = std::max(end, now + kMostAfterTheEnd);
        if (now >= last) {
          execution_->StartAnew();
          return std::nullopt;
        }
        return scheduler.Choose(actors);
      },
      [&](const Step& step, const Footprint& footprint) {
        ran.steps.push_back(step);
        ran.footprints.push_back(footprint);
        scheduler.Executed(step, footprint);
      });
  if (!outcome.ok()) return outcome.status();
  ran.outcome = *std::move(outcome);
  return ran;
}

absl::StatusOr<bool> Explorer::Shows(const Schedule& schedule,
                                     Violation violation, bool copies) {
  const absl::StatusOr<InitialState> initial = InitialOf(schedule.initial);
  if (!initial.ok()) return initial.status();
  const bool faults = HasFault(schedule.steps);
  absl::Status configured =
      Configure(schedule, faults, faults, false, copies, false);
  if (!configured.ok()) return configured;
  Replay replay(schedule, ShowsAtTheEnd(violation) ? Replay::Then::kGoOn
                                                   : Replay::Then::kStop);
  replay.NextSchedule();
  const absl::StatusOr<Ran> ran = RunOne(replay, *initial);
  if (absl::IsUnimplemented(ran.status())) return false;
  if (!ran.ok()) return ran.status();
  return ran->outcome.violation == violation && replay.divergence().empty();
}

absl::StatusOr<bool> Explorer::FailsWithoutFaults(const Schedule& schedule) {
  Schedule plain = schedule;
  for (Step& step : plain.steps) step = Step{step.actor};
  const absl::StatusOr<Replayed> replayed = PlayInThose(plain);
  if (absl::IsUnimplemented(replayed.status())) return false;
  if (!replayed.ok()) return replayed.status();
  return replayed->outcome.violation != Violation::kNone;
}

absl::StatusOr<Replayed> Explorer::Play(const Schedule& schedule) {
  if (HasFailure(schedule.steps) && !execution_->knows_descriptors()) {
    Schedule plain = schedule;
    for (Step& step : plain.steps) step = Step{step.actor};
    absl::Status learnt = LearnDescriptors(plain);
    plain.initial = "empty";
    plain.steps.clear();
    if (learnt.ok()) learnt = LearnDescriptors(plain);
    if (!learnt.ok()) return learnt;
  }
  execution_->StartAnew();
  return PlayInThose(schedule);
}

// How many stay open when this is done. Where it can't be, nothing is learnt.
absl::Status Explorer::LearnDescriptors(const Schedule& schedule) {
  const absl::Status played = PlayInThose(schedule).status();
  return absl::IsUnimplemented(played) || absl::IsInvalidArgument(played)
             ? absl::OkStatus()
             : played;
}

// In those contenders that there are, as far as they live.
absl::StatusOr<Replayed> Explorer::PlayInThose(const Schedule& schedule) {
  const absl::StatusOr<InitialState> initial = InitialOf(schedule.initial);
  if (!initial.ok()) return initial.status();
  const bool faults = HasFault(schedule.steps);
  absl::Status configured =
      Configure(schedule, faults, faults, true, false, false);
  if (!configured.ok()) return configured;
  Replay replay(schedule, Replay::Then::kGoOn);
  replay.NextSchedule();
  absl::StatusOr<Ran> ran = RunOne(replay, *initial);
  if (!ran.ok()) return ran.status();
  replay.Finished(ran->outcome.violation == Violation::kNone &&
                  ran->outcome.complete);
  Replayed replayed;
  replayed.divergence = replay.divergence();
  replayed.timeline = execution_->Format(ran->outcome);
  replayed.outcome = std::move(ran->outcome);
  replayed.footprints = std::move(ran->footprints);
  return replayed;
}

// Nothing: no fault is to blame.
absl::StatusOr<std::optional<Finding>> Explorer::Find(const Run& run,
                                                      const Ran& ran) {
  const Search& search = run.search;
  // Only what a fault causes counts.
  const bool blames =
      search.faults != Search::Faults::kNone && !run.limits.faultless;
  const Violation violation = ran.outcome.violation;
  Finding finding;
  finding.violation = std::string(ViolationName(violation));
  finding.message = ran.outcome.message;
  finding.found = ScheduleOf(search, ran.steps);
  finding.found.late = options_.late;
  finding.schedule = finding.found;
  if (blames) {
    if (!HasFault(ran.steps)) return std::nullopt;
    const absl::StatusOr<bool> anyway = FailsWithoutFaults(finding.found);
    if (!anyway.ok()) return anyway.status();
    if (*anyway) return std::nullopt;
  }
  const bool known = simplified_.count(violation) != 0;
  if (options_.copies && violation != Violation::kHung &&
      (execution_->can_copy() || !known)) {
    execution_->StartAnew();
    const absl::StatusOr<bool> real = Shows(finding.found, violation, false);
    if (!real.ok()) return real.status();
    if (!*real) {
      return absl::AbortedError(absl::StrCat(
          execution_->can_copy() ? "copies of a contender"
                                 : "contenders that took part in others before",
          " show a violation which contenders that were started don't: ",
          finding.found.ToString()));
    }
  }
  if (known) {
    finding.simple = false;
    return finding;
  }
  absl::Status broken;
  const auto shows = [&](const Schedule& schedule) {
    // Each replay of a hang takes the whole deadline.
    if (!broken.ok() || violation == Violation::kHung) return false;
    if (MonotonicNow() >= run.until + kMostToMakeSimple) return false;
    const absl::StatusOr<bool> shown = Shows(schedule, violation, true);
    // A schedule that is none, of the minimiser's making, shows nothing.
    if (!shown.ok()) {
      if (!absl::IsInvalidArgument(shown.status())) broken = shown.status();
      return false;
    }
    return *shown;
  };
  Minimised minimised = Minimise(finding.found, shows, kMaxReplays);
  if (!broken.ok()) return broken;
  finding.executions = minimised.executions;
  if (blames && !HasFault(minimised.schedule.steps)) return std::nullopt;
  finding.schedule = WithoutIdle(minimised.schedule);
  // Who has had no step may be who waits.
  if (violation == Violation::kDeadlock && !shows(finding.schedule)) {
    finding.schedule = std::move(minimised.schedule);
  }
  for (size_t i = 0; i < finding.schedule.cycles.size(); ++i) {
    Schedule shorter = finding.schedule;
    while (--shorter.cycles[i] > 0 && shows(shorter)) {
      finding.schedule = shorter;
    }
  }
  if (!broken.ok()) return broken;
  const absl::StatusOr<Replayed> replayed = Play(finding.schedule);
  if (absl::IsUnimplemented(replayed.status())) {
    finding.replayed = false;
    return finding;
  }
  if (!replayed.ok()) return replayed.status();
  finding.timeline = replayed->timeline;
  finding.replayed = replayed->outcome.violation == violation;
  if (finding.replayed) {
    finding.message = replayed->outcome.message;
    simplified_.insert(violation);
  }
  return finding;
}

absl::Status Explorer::LearnNames(const InitialState& initial) {
  const auto learn = [&](const std::vector<int>& cycles,
                         uint64_t seed) -> absl::Status {
    Schedule script;
    script.cycles = cycles;
    script.late = options_.late;
    std::optional<Ran> before;
    for (int i = 0; i < 2; ++i) {
      absl::Status configured =
          Configure(script, false, false, false, true, false);
      if (!configured.ok()) return configured;
      RandomWalk::Options options;
      options.seed = seed;
      RandomWalk walk(options);
      walk.NextSchedule();
      absl::StatusOr<Ran> ran = RunOne(walk, initial);
      // What hangs is found by the searches.
      if (absl::IsDeadlineExceeded(ran.status())) return absl::OkStatus();
      if (!ran.ok()) return ran.status();
      for (size_t step = 0; before.has_value(); ++step) {
        if (step >= ran->steps.size() || step >= before->steps.size() ||
            ran->steps[step] != before->steps[step] ||
            !execution_->names().Learn(before->footprints[step],
                                       ran->footprints[step])) {
          break;
        }
      }
      before = *std::move(ran);
      if (before->outcome.violation == Violation::kHung) break;
    }
    return absl::OkStatus();
  };
  absl::Status learnt = learn({2}, 1);
  for (uint64_t seed = 1; seed <= kSchedulesToLearnFrom && learnt.ok();
       ++seed) {
    learnt = learn({1, 1}, seed);
  }
  return learnt;
}

Run Explorer::Begin(const Search& search, const SearchLimits& limits) {
  Run run;
  run.search = search;
  run.limits = limits;
  run.scheduler = SchedulerFor(search, limits);
  return run;
}

absl::Status Explorer::Continue(Run& run, absl::Duration until,
                                int64_t executions) {
  if (run.over) return absl::OkStatus();
  if (run.search.waits && run.search.cycles.size() > 1 &&
      !unseen_wait_.empty()) {
    // Each look at it would take as long as a hang.
    run.over = true;
    run.searched.why = unseen_wait_;
    return absl::OkStatus();
  }
  const absl::Duration begun = MonotonicNow();
  run.until = until;
  const bool failures = run.search.faults == Search::Faults::kFailures;
  Schedule script = ScriptOf(run.search);
  script.late = options_.late;
  // What a contender keeps open though nothing fails is to be known first.
  if (failures) {
    Schedule plain = script;
    plain.initial = "empty";
    absl::Status learnt = LearnDescriptors(plain);
    if (!learnt.ok()) return learnt;
  }
  const auto configure = [&] {
    return Configure(script, run.search.faults == Search::Faults::kCrashes,
                     failures, false, true, true);
  };
  absl::Status status = configure();
  run.searched.why.clear();
  while (status.ok() && run.searched.why.empty()) {
    if (run.limits.stop && run.limits.stop()) return absl::AbortedError("");
    if (!run.scheduler->NextSchedule()) {
      run.over = true;
      break;
    }
    const absl::StatusOr<Ran> ran =
        RunOne(*run.scheduler, run.search.initial, run.limits.end);
    if (absl::IsUnimplemented(ran.status())) {
      unseen_wait_ = std::string(ran.status().message());
      run.searched.why = unseen_wait_;
      break;
    }
    if (absl::IsDeadlineExceeded(ran.status())) {
      // Not even between its commands does it come to rest.
      Finding finding;
      finding.violation = std::string(ViolationName(Violation::kHung));
      finding.message = std::string(ran.status().message());
      finding.found = ScheduleOf(run.search, {});
      finding.found.late = options_.late;
      finding.schedule = finding.found;
      finding.replayed = false;
      finding.last = true;
      run.searched.findings.push_back(std::move(finding));
      ++run.searched.violations;
      run.searched.why = std::string(kWorstViolation);
      break;
    }
    if (!ran.ok()) return ran.status();
    status = Judge(run, *ran);
    if (status.ok() && ran->outcome.violation != Violation::kNone) {
      status = configure();
    }
    if (run.searched.why.empty() &&
        (--executions <= 0 || MonotonicNow() >= until)) {
      run.searched.why = std::string(kTimeWasUp);
    }
  }
  if (!status.ok()) return status;
  run.over |= run.searched.why != kTimeWasUp;
  Searched& searched = run.searched;
  searched.statistics = run.scheduler->statistics();
  searched.complete = searched.statistics.exhausted && searched.why.empty();
  if (execution_->names().reused()) {
    // What was told apart by them may have been the same.
    searched.complete = false;
    searched.why = std::string(kNamesReused);
  }
  if (!searched.complete && searched.why.empty()) {
    searched.why =
        run.search.order != Search::Order::kExhaustive ? "random ones never are"
        : run.scheduler->divergence().empty()
            ? absl::StrCat(searched.statistics.abandoned,
                           " schedules were given up: they had more than ",
                           options_.max_steps,
                           " steps, or waited to make a shared lock exclusive")
            : absl::StrCat("it isn't deterministic: ",
                           run.scheduler->divergence());
  }
  searched.took += MonotonicNow() - begun;
  return absl::OkStatus();
}

// Takes one execution to the books. With a reason in `why`, it was the last.
absl::Status Explorer::Judge(Run& run, const Ran& ran) {
  const Violation violation = ran.outcome.violation;
  const bool complete =
      // What comes after a violation isn't looked at.
      ran.outcome.complete || violation != Violation::kNone;
  run.scheduler->Finished(complete);
  const Statistics& statistics = run.scheduler->statistics();
  if (run.limits.on_progress) run.limits.on_progress(statistics);
  const auto* const tree = dynamic_cast<const TreeSearch*>(run.scheduler.get());
  if (tree != nullptr && tree->elsewhere()) return absl::OkStatus();
  const int64_t part =
      tree != nullptr
          ? tree->part()
          : statistics.schedules * run.limits.workers + run.limits.worker;
  Searched& searched = run.searched;
  if (complete) searched.fingerprint += HashOf(ran.steps);
  if (violation != Violation::kNone && run.known.count(violation) != 0) {
    ++searched.violations;
  } else if (violation != Violation::kNone) {
    absl::StatusOr<std::optional<Finding>> finding = Find(run, ran);
    if (!finding.ok()) return finding.status();
    if (finding->has_value()) {
      (*finding)->part = part;
      (*finding)->last = EndsTheSearch(violation);
      searched.findings.push_back(**std::move(finding));
      ++searched.violations;
      run.known.insert(violation);
      if (!run.limits.keep_going && EndsTheSearch(violation)) {
        searched.why = std::string(kWorstViolation);
        if (run.limits.found) run.limits.found(part);
      }
    } else if (++run.explained >= kMaxExplained) {
      searched.why =
          "it fails without faults, too, which hides what they would do";
    }
  }
  if (searched.why.empty() && run.limits.needless &&
      run.limits.needless(part)) {
    searched.why = std::string(kWorstViolation);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Search>> Explorer::CrashStates() {
  std::vector<Search> states;
  std::set<std::string> likenesses;
  const std::vector<InitialState> usual = InitialStates(options_.lock);
  for (const InitialState& state : usual) {
    // Modes aside, which come from the umask.
    likenesses.insert(Likeness(state.entries, execution_->names()));
  }
  ExecutionOptions options = execution_->options();
  for (const InitialState& before : usual) {
    if (before.name != "empty" && before.name != "leftover") continue;
    options.cycles = {1};
    options.wait = absl::ZeroDuration();
    options.crashes = true;
    options.failures = false;
    options.record = false;
    options.fresh = options.late = options.needs_visible = false;
    options.ages = false;
    options.check_end = false;
    absl::Status configured = execution_->Reconfigure(options);
    DepthFirst::Options depth_first;
    depth_first.max_faults = 1;
    DepthFirst crashes(depth_first);
    while (configured.ok() && crashes.NextSchedule()) {
      const absl::StatusOr<Ran> ran = RunOne(crashes, before);
      // What hangs is found by the searches.
      if (absl::IsDeadlineExceeded(ran.status())) return states;
      if (!ran.ok()) return ran.status();
      crashes.Finished(true);
      // Who survived it is no part of a folder.
      if (!HasFault(ran->steps) || execution_->HasSurvivors()) continue;
      absl::StatusOr<std::vector<Entry>> left = ReadFolder(options_.directory);
      if (!left.ok()) return left.status();
      if (!likenesses.insert(Likeness(*left, execution_->names())).second) {
        continue;
      }
      Search search;
      search.initial = {absl::StrCat("crash-", states.size() + 1),
                        *std::move(left)};
      search.crash = ran->steps;
      search.before = before.name;
      states.push_back(std::move(search));
    }
    options.check_end = true;
    if (configured.ok()) configured = execution_->Reconfigure(options);
    if (!configured.ok()) return configured;
  }
  // The same a year later, where that makes a difference.
  for (size_t i = 0, n = states.size(); i < n; ++i) {
    absl::Status learnt = LearnNames(states[i].initial);
    if (!learnt.ok()) return learnt;
    Search old = states[i];
    old.ages = true;
    absl::StrAppend(&old.initial.name, "-old");
    old.initial.entries = Aged(std::move(old.initial.entries));
    const absl::StatusOr<bool> differs = AgeMatters(states[i], old);
    if (!differs.ok()) return differs.status();
    if (*differs) states.push_back(std::move(old));
  }
  return states;
}

// Whether a lone contender does otherwise, or is answered otherwise.
absl::StatusOr<bool> Explorer::AgeMatters(const Search& young,
                                          const Search& old) {
  std::optional<Ran> before;
  for (const Search* search : {&young, &old}) {
    Schedule script;
    script.cycles = {1};
    script.late = options_.late;
    absl::Status configured =
        Configure(script, false, false, false, true, false);
    if (!configured.ok()) return configured;
    DepthFirst first(DepthFirst::Options{});
    first.NextSchedule();
    absl::StatusOr<Ran> ran = RunOne(first, search->initial);
    if (absl::IsDeadlineExceeded(ran.status())) return false;
    if (!ran.ok()) return ran.status();
    if (before.has_value()) {
      return before->footprints != ran->footprints ||
             before->outcome.violation != ran->outcome.violation;
    }
    before = *std::move(ran);
  }
  return false;
}

void Explorer::Account(Explored& explored) const {
  for (const auto& [name, times] : execution_->calls()) {
    explored.calls[std::string(name)] += times;
  }
  explored.starts += execution_->starts();
  explored.stops += execution_->stops();
}

}  // namespace conformance::explorer
