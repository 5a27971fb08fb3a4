// Schedulers and executions put together.

#include "conformance/explorer/campaign/explorer.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/generated_names.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/pct.h"
#include "conformance/explorer/schedules/preemption_bounded.h"
#include "conformance/explorer/schedules/random_walk.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

// So many violations that need no fault, and a search with faults ends: they
// hide what it is looking for.
constexpr int kMaxExplained = 5;

// After the end, what doesn't get done in this time is given up.
constexpr absl::Duration kMostAfterTheEnd = absl::Seconds(1);

constexpr absl::string_view kTimeWasUp = "the time was up";
constexpr absl::string_view kNamesReused =
    "names of files that seemed to be made up anew each time were used again";
constexpr absl::string_view kWorstViolation =
    "it ended where two held the lock, or none would ever";

// Nothing worse than two holders can be found; but other kinds can, by so many
// executions more.
constexpr int kMostAfterTheWorst = 500;

// How many executions of a search are repeated to see whether they leak: where
// that is how the lock is made, it would be all of them.
constexpr int kMostLeaks = 20;
// How often each of those is repeated: a descriptor more each time is no supply
// for later.
constexpr int kTimesToBelieve = 25;

// Each hang takes a while.
bool EndsTheSearch(Violation violation) {
  return violation == Violation::kHung;
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
    options.part_depth = limits.part_depth;
    return std::make_unique<DepthFirst>(options);
  }
  PreemptionBounded::Options options;
  options.max_preemptions = search.max_preemptions;
  options.max_faults = faults;
  options.mine = limits.mine;
  options.part_depth = limits.part_depth;
  return std::make_unique<PreemptionBounded>(options);
}

// Whether executions of it could leak by the order of their calls alone.
bool MayLeak(const Search& search) {
  return search.faults == Search::Faults::kNone && search.crash.empty() &&
         search.ends.empty() && search.cycles.size() > 1;
}

Schedule Repeated(const Schedule& once, int times) {
  Schedule repeated = once;
  for (int i = 1; i < times; ++i) {
    repeated.steps.insert(repeated.steps.end(), once.steps.begin(),
                          once.steps.end());
  }
  for (int& cycles : repeated.cycles) cycles *= times;
  return repeated;
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

}  // namespace

absl::StatusOr<std::unique_ptr<Explorer>> Explorer::Create(
    const ExplorerOptions& options) {
  auto explorer = absl::WrapUnique(new Explorer(options));
  ExecutionOptions execution;
  execution.source = options.source;
  execution.tracing = options.tracing;
  execution.lock = options.lock;
  execution.cycles = {1};
  execution.max_steps = options.max_steps;
  execution.copies = options.copies;
  absl::StatusOr<std::unique_ptr<Execution>> created =
      Execution::Create(execution);
  if (!created.ok()) return created.status();
  explorer->execution_ = *std::move(created);
  return explorer;
}

absl::Status Explorer::Configure(const Schedule& script,
                                 const Conditions& conditions) {
  ExecutionOptions options = execution_->options();
  options.cycles = script.cycles;
  options.wait = script.waits ? absl::InfiniteDuration() : absl::ZeroDuration();
  options.fresh = script.fresh;
  options.copies = conditions.copies && options_.copies && script.ends.empty();
  options.separate_commands = script.separate_commands;
  options.ages = script.ages;
  options.ends = script.ends;
  options.needs_visible = conditions.needs_visible && !script.separate_commands;
  options.crashes = conditions.crashes;
  options.failures = conditions.failures;
  options.record = conditions.record;
  options.plain = conditions.plain;
  options.stuck_limit = stuck_limit_;
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

absl::StatusOr<Explorer::ExecutionTrace> Explorer::RunOne(
    Scheduler& scheduler, const InitialState& initial, absl::Duration end) {
  ExecutionTrace ran;
  // From its first step on: to start contenders may take longer.
  absl::Duration last = absl::InfiniteDuration();
  absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
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
  if (outcome->stopped == Stopped::kNeverRests) {
    ran.outcome.violation = Violation::kHung;
    ran.outcome.message = std::move(outcome->message);
    return ran;
  }
  if (outcome->at_rest.has_value()) scheduler.NobodyEnabled(*outcome->at_rest);
  ran.outcome = *std::move(outcome);
  return ran;
}

OngoingSearch Explorer::Begin(const Search& search,
                              const SearchLimits& limits) {
  OngoingSearch run;
  run.search = search;
  run.limits = limits;
  run.scheduler = SchedulerFor(search, limits);
  return run;
}

// The consequence for the search of an execution that was broken off.
void Explorer::BreakOff(OngoingSearch& run, const ExecutionOutcome& outcome) {
  switch (outcome.stopped) {
    case Stopped::kNot:
    case Stopped::kNeverRests:  // a violation, as RunOne sees it
      break;
    case Stopped::kTimeIsUp:
      run.searched.why = std::string(kTimeWasUp);
      break;
    case Stopped::kUnseenCall:
      again_because_ = outcome.message;
      break;
    case Stopped::kWaitsUnseen:
      run.searched.why = unseen_wait_ = outcome.message;
      break;
    case Stopped::kUnkillable:
      run.searched.why = unkillable_ = outcome.message;
      break;
    case Stopped::kDoesNotEnd:
      run.searched.why = unseen_end_ = outcome.message;
      break;
    case Stopped::kImpossibleStep:
      run.searched.why =
          absl::StrCat("it isn't deterministic: ", outcome.message);
      break;
  }
}

absl::StatusOr<Onward> Explorer::Continue(OngoingSearch& run,
                                          absl::Duration until,
                                          int64_t executions) {
  if (run.over) return Onward::kOn;
  // Each look at what isn't seen, or doesn't end, would take as long as a hang.
  const bool waits = run.search.waits && run.search.cycles.size() > 1;
  const std::string unseen = !unkillable_.empty()             ? unkillable_
                             : waits && !unseen_wait_.empty() ? unseen_wait_
                             : !run.search.ends.empty()       ? unseen_end_
                                                              : "";
  if (!unseen.empty()) {
    run.over = true;
    run.searched.why = unseen;
    return Onward::kOn;
  }
  const absl::Duration begun = MonotonicNow();
  run.until = until;
  Conditions conditions;
  conditions.crashes = run.search.faults == Search::Faults::kCrashes;
  conditions.failures = run.search.faults == Search::Faults::kFailures;
  conditions.needs_visible = true;
  Schedule script = run.search.Script();
  script.separate_commands = options_.separate_commands;
  // First, how many descriptors a contender keeps open though nothing fails.
  if (conditions.failures) {
    Schedule plain = script;
    plain.initial = "empty";
    absl::Status learnt = LearnDescriptors(plain);
    if (!learnt.ok()) return learnt;
  }
  if (MayLeak(run.search)) {
    absl::Status learnt = LearnPlainDescriptors(script);
    if (!learnt.ok()) return learnt;
  }
  absl::Status configured = Configure(script, conditions);
  if (!configured.ok()) return configured;
  run.searched.why.clear();
  while (run.searched.why.empty()) {
    if (run.limits.stop && run.limits.stop()) return Onward::kAgain;
    if (!run.scheduler->NextSchedule()) {
      run.over = true;
      break;
    }
    const int leaks = run.leaks;
    const absl::StatusOr<ExecutionTrace> ran =
        RunOne(*run.scheduler, run.search.initial, run.limits.end);
    if (!ran.ok()) return ran.status();
    if (ran->outcome.stopped != Stopped::kNot) {
      BreakOff(run, ran->outcome);
    } else if (absl::Status judged = RecordExecution(run, *ran); !judged.ok()) {
      return judged;
    }
    if (!again_because_.empty()) return Onward::kAgain;
    if (run.searched.why.empty() &&
        (ran->outcome.violation != Violation::kNone || run.leaks != leaks)) {
      configured = Configure(script, conditions);
      if (!configured.ok()) return configured;
    }
    if (run.searched.why.empty() &&
        (--executions <= 0 || MonotonicNow() >= until)) {
      run.searched.why = std::string(kTimeWasUp);
    }
  }
  run.over |= run.searched.why != kTimeWasUp;
  SumUp(run);
  run.searched.took += MonotonicNow() - begun;
  return Onward::kOn;
}

// How much of the search is done, and why not all of it.
void Explorer::SumUp(OngoingSearch& run) const {
  SearchResult& searched = run.searched;
  searched.statistics = run.scheduler->statistics();
  searched.complete = searched.statistics.exhausted && searched.why.empty();
  if (run.lost > 0 && searched.why.empty()) {
    searched.complete = false;
    searched.why = absl::StrCat("a violation was seen that didn't show again: ",
                                run.lost_schedule);
  }
  if (execution_->names().reused()) {
    // Schedules that were told apart by them may have been the same.
    searched.complete = false;
    searched.why = std::string(kNamesReused);
  }
  if (searched.complete || !searched.why.empty()) return;
  if (run.search.order != Search::Order::kExhaustive) {
    searched.why = "random ones never are";
  } else if (run.scheduler->divergence().empty()) {
    searched.why = absl::StrCat(
        searched.statistics.abandoned,
        " schedules were given up: they had more than ", options_.max_steps,
        " steps, or waited to make a shared lock exclusive");
  } else {
    searched.why =
        absl::StrCat("it isn't deterministic: ", run.scheduler->divergence());
  }
}

// Takes one execution to the books. With a reason in `why`, it was the last.
absl::Status Explorer::RecordExecution(OngoingSearch& run,
                                       const ExecutionTrace& ran) {
  Violation violation = ran.outcome.violation;
  const bool complete =
      // Steps after a violation aren't looked at.
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
  SearchResult& searched = run.searched;
  if (complete) searched.fingerprint += HashOf(ran.steps);
  std::optional<Schedule> leak;
  if (violation == Violation::kNone) {
    absl::StatusOr<std::optional<Schedule>> shown = ShowLeak(run, ran);
    if (!shown.ok()) return shown.status();
    leak = *std::move(shown);
    if (leak.has_value()) violation = Violation::kLeaked;
  }
  if (violation != Violation::kNone && run.known.count(violation) != 0) {
    ++searched.violations;
  } else if (violation != Violation::kNone) {
    Schedule found = run.search.ScheduleOf(ran.steps);
    found.separate_commands = options_.separate_commands;
    if (leak.has_value()) found = *std::move(leak);
    absl::StatusOr<std::optional<Finding>> finding =
        Find(run, found, violation, HasFault(ran.steps));
    if (!finding.ok()) return finding.status();
    if (time_is_up()) {
      searched.why = absl::StrCat(
          "a violation was seen that couldn't be shown again in the time: ",
          found.ToString());
      return absl::OkStatus();
    }
    if (!again_because_.empty()) return absl::OkStatus();
    if (finding->has_value()) {
      if ((*finding)->message.empty()) {
        (*finding)->message =
            ran.outcome.violation == Violation::kNone
                ? "contenders keep ever more descriptors of the folder open"
                : ran.outcome.message;
      }
      (*finding)->part = part;
      (*finding)->last = EndsTheSearch(violation);
      searched.findings.push_back(**std::move(finding));
      ++searched.violations;
      run.known.insert(violation);
      if (violation == Violation::kTwoHold) run.after_worst = 0;
      if (EndsTheSearch(violation)) run.after_worst = kMostAfterTheWorst;
    } else if (run.unfaithful) {
      searched.why =
          "a violation that began with what a crash had left didn't show when "
          "the contender was killed there again";
    } else if (run.outwaited) {
      // The others of its kind are as it is; each polls for long.
      if (violation == Violation::kHung) {
        searched.why =
            "one that polls wasn't waited for long enough to tell whether it "
            "ever gets on";
      }
    } else if (run.lost > 0 && run.lost < kMaxExplained) {
      // Chance, of the contender's or of the machine's.
    } else if (run.lost == 0 && ++run.explained >= kMaxExplained) {
      searched.why =
          "it fails without faults, too, which hides what they would do";
    } else if (run.lost > 0) {
      searched.why =
          absl::StrCat("violations were seen that didn't show again, such as ",
                       run.lost_schedule);
    }
  }
  if (!run.limits.keep_going && run.after_worst >= 0 &&
      ++run.after_worst > kMostAfterTheWorst && searched.why.empty()) {
    searched.why = std::string(kWorstViolation);
    if (run.limits.found) run.limits.found(part);
  }
  if (searched.why.empty() && run.limits.needless &&
      run.limits.needless(part)) {
    searched.why = std::string(kWorstViolation);
  }
  return absl::OkStatus();
}

// One that keeps more open than a plain execution may have leaked it, or keeps
// some to be used again. A leak becomes more each time; so the schedule is
// repeated: often, and then as often as it takes to tell.
absl::StatusOr<std::optional<Schedule>> Explorer::ShowLeak(
    OngoingSearch& run, const ExecutionTrace& ran) {
  const int plain = execution_->plain_descriptors();
  const auto kept = [plain](const ExecutionOutcome& outcome, int more) {
    return std::any_of(outcome.leaked.begin(), outcome.leaked.end(),
                       [=](int open) { return open >= plain + more; });
  };
  if (!ran.outcome.complete || plain < 0 || !MayLeak(run.search) ||
      run.known.count(Violation::kLeaked) != 0 || run.leaks == kMostLeaks ||
      !kept(ran.outcome, 1) ||
      static_cast<int>(ran.steps.size()) * kTimesToBelieve >
          options_.max_steps) {
    return std::nullopt;
  }
  ++run.leaks;
  Schedule once = run.search.ScheduleOf(ran.steps);
  once.separate_commands = options_.separate_commands;
  execution_->StartAnew();
  const absl::StatusOr<ReplayResult> often =
      PlayInThose(Repeated(once, kTimesToBelieve));
  if (!often.ok()) return often.status();
  if (often->outcome.stopped != Stopped::kNot || !often->divergence.empty() ||
      !kept(often->outcome, kTimesToBelieve)) {
    return std::nullopt;
  }
  Schedule told = Repeated(once, Execution::kDescriptorsOfALeak);
  const absl::StatusOr<bool> shown = Shows(told, Violation::kLeaked);
  if (!shown.ok()) return shown.status();
  if (!*shown) return std::nullopt;
  return told;
}

void Explorer::Account(Exploration& explored) const {
  for (const auto& [name, times] : execution_->calls()) {
    explored.calls[std::string(name)] += times;
  }
  for (const auto& [name, errors] : execution_->errors()) {
    for (const int error : errors) {
      explored.errors[std::string(name)].insert(ErrnoName(error));
    }
  }
  explored.starts += execution_->starts();
  explored.stops += execution_->stops();
}

}  // namespace conformance::explorer
