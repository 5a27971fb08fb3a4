// The plan, and its execution.

#include "conformance/explorer/campaign/campaign.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/board.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/history.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

std::vector<InitialState> StatesFor(const Plan& plan, absl::string_view lock) {
  std::vector<InitialState> states = InitialStates(lock);
  if (plan.planted == Plan::Planted::kAll) return states;
  const bool records = plan.planted == Plan::Planted::kRecords;
  states.erase(
      std::remove_if(states.begin(), states.end(),
                     [&](const InitialState& state) {
                       return state.name != "empty" &&
                              !(records && (state.name == "stale-pid" ||
                                            state.name == "old"));
                     }),
      states.end());
  return states;
}

// Whether the answer to hello claims that contenders can wait for ever.
bool ClaimsForever(const std::string& introduction) {
  const absl::StatusOr<Answer> answer = ParseAnswer(introduction);
  return answer.ok() && answer->introduction.can.count("forever") != 0;
}

// The work of two contenders with one cycle each is a small part of that with
// more.
bool IsSmall(const std::vector<int>& cycles) {
  return cycles.size() == 2 && cycles[0] <= 1 && cycles[1] <= 1;
}

class Planner {
 public:
  Planner(const Plan& plan, absl::string_view lock, bool waits,
          const std::vector<Search>& crash_states)
      : plan_(plan),
        waits_(waits),
        initial_(StatesFor(plan, lock)),
        crash_states_(crash_states) {}

  std::vector<Search> Make() && {
    const std::vector<int> once = {1, 1};
    const std::vector<int> alone = {1};
    if (plan_.order != Search::Order::kExhaustive) {
      AddAll(plan_.cycles, Search::Faults::kNone, std::nullopt);
      // Priorities know no faults.
      const bool faults = plan_.order == Search::Order::kRandom;
      if (plan_.crashes && faults) {
        AddAll(plan_.cycles, Search::Faults::kCrashes, std::nullopt);
      }
      if (plan_.failures && faults) {
        AddAll(plan_.cycles, Search::Faults::kFailures, std::nullopt);
      }
      return std::move(searches_);
    }
    // What is near comes before all that takes time (FirstLook): most races,
    // and each call of one that asks, alone or while another holds, failing.
    if (!plan_.preemptions.has_value()) {
      if (plan_.interleavings) AddNear(Search::Faults::kNone, 1);
      if (plan_.failures) AddNear(Search::Faults::kFailures, 0);
    }
    // Then takeovers: of what a crash left, and of what is there already.
    if (plan_.interleavings && !plan_.preemptions.has_value()) {
      AddFromCrashes(once, 1);
      AddAll(once, Search::Faults::kNone, 1);
    }
    // Most races need one preemption, and a search without a bound tries those
    // that come late first. Where that isn't done in time, this is.
    if (plan_.interleavings && !plan_.preemptions.has_value() &&
        plan_.cycles.size() == 2 && !IsSmall(plan_.cycles)) {
      AddAll(plan_.cycles, Search::Faults::kNone, 1);
    }
    // The first acquisition of a process may be unlike all later ones.
    if (plan_.interleavings) {
      AddAll(once, Search::Faults::kNone, plan_.preemptions, /*fresh=*/true);
    }
    if (plan_.crashes) {
      AddAll(alone, Search::Faults::kCrashes, std::nullopt, /*fresh=*/true);
    }
    if (plan_.failures) {
      AddAll(alone, Search::Faults::kFailures, std::nullopt, /*fresh=*/true);
    }
    AddEnds();
    if (plan_.interleavings) {
      AddAll(once, Search::Faults::kNone, plan_.preemptions);
      AddFromCrashes(once, plan_.preemptions);
    }
    if (plan_.crashes) AddAll(once, Search::Faults::kCrashes, 1);
    if (plan_.failures) AddAll(once, Search::Faults::kFailures, 1);
    if (plan_.interleavings && !IsSmall(plan_.cycles)) {
      const bool two = plan_.cycles.size() <= 2;
      const std::optional<int> preemptions =
          plan_.preemptions.has_value() || two ? plan_.preemptions
                                               : std::optional<int>(2);
      AddAll(plan_.cycles, Search::Faults::kNone, preemptions);
      AddFromCrashes(plan_.cycles, preemptions);
    }
    if (plan_.interleavings && plan_.three) {
      AddAll({1, 1, 1}, Search::Faults::kNone, 2);
      AddFromCrashes({1, 1, 1}, 2);
    }
    if (!LooksAtThree()) AddThirdToEnds();
    return std::move(searches_);
  }

 private:
  // From an empty folder.
  void AddNear(Search::Faults faults, int preemptions) {
    for (const bool waits : {false, true}) {
      if (waits && (!waits_ || faults == Search::Faults::kNone)) continue;
      Search near;
      near.waits = waits;
      near.initial = initial_.front();
      near.faults = faults;
      near.max_preemptions = preemptions;
      searches_.push_back(std::move(near));
    }
  }

  // What exit handlers and finalizers do shows only to a third contender where
  // they take from a second one what isn't theirs. Waiting makes no difference.
  void AddEnds() {
    const bool three = LooksAtThree();
    if (plan_.interleavings) {
      Search done;
      done.cycles = {1, 1, 1};
      done.ends = {NormalEnd::kNone, NormalEnd::kDone};
      done.initial = initial_.front();
      done.max_preemptions = plan_.preemptions.value_or(three ? 2 : 1);
      searches_.push_back(std::move(done));
    }
    // Like a crash, it leaves behind what it held.
    if (plan_.crashes) AddEndsWhileHolding({1, 1}, plan_.preemptions);
    if (three) AddThirdToEnds();
  }

  // As many preemptions as it takes for one to get what is freed, and to be
  // deprived of it.
  void AddThirdToEnds() {
    if (!plan_.crashes) return;
    AddEndsWhileHolding({1, 1, 1}, plan_.preemptions.value_or(2));
  }

  void AddEndsWhileHolding(const std::vector<int>& cycles,
                           std::optional<int> preemptions) {
    Search holding;
    holding.cycles = cycles;
    holding.ends = {NormalEnd::kHolding};
    holding.initial = initial_.front();
    if (preemptions.has_value()) holding.max_preemptions = *preemptions;
    searches_.push_back(std::move(holding));
  }

  bool LooksAtThree() const { return plan_.three || plan_.cycles.size() > 2; }

  // From each initial state, and with and without waiting; unless it is there
  // already.
  void AddAll(const std::vector<int>& cycles, Search::Faults faults,
              std::optional<int> preemptions, bool fresh = false) {
    for (const bool waits : {false, true}) {
      if (waits && !waits_) continue;
      for (const InitialState& initial : initial_) {
        Search search;
        search.cycles = cycles;
        search.waits = waits;
        search.fresh = fresh;
        search.initial = initial;
        search.order = plan_.order;
        search.faults = faults;
        search.seed = plan_.seed;
        if (preemptions.has_value()) search.max_preemptions = *preemptions;
        const bool known = std::any_of(
            searches_.begin(), searches_.end(), [&](const Search& other) {
              return other.Describe() == search.Describe() &&
                     other.initial.name == search.initial.name;
            });
        if (!known) searches_.push_back(std::move(search));
      }
    }
  }

  // The interleavings from what each crash left, with and without waiting.
  void AddFromCrashes(const std::vector<int>& cycles,
                      std::optional<int> preemptions) {
    for (const bool waits : {false, true}) {
      if (waits && !waits_) continue;
      for (const Search& state : crash_states_) {
        Search search = state;
        search.cycles = cycles;
        search.waits = waits;
        if (preemptions.has_value()) search.max_preemptions = *preemptions;
        searches_.push_back(std::move(search));
      }
    }
  }

  const Plan& plan_;
  const bool waits_;
  const std::vector<InitialState> initial_;
  const std::vector<Search>& crash_states_;
  std::vector<Search> searches_;
};

// At first each search makes so many executions, then four times as many...:
// most of what can be found is found by a few in the right search, whichever
// that is, and they are the same on a slow machine.
constexpr int64_t kFirstExecutions = 100;
// Enough for each error of each call of a try.
constexpr int64_t kFirstExecutionsWithFaults = 4000;
constexpr int64_t kGrowth = 4;
constexpr int kRounds = 4;

// For one who has a share of the time now.
constexpr double kShareOfThoseLater = 0.25;

// What everything stops in, over the whole time.
constexpr absl::Duration kMostAfterTheEnd = absl::Seconds(5);

// Of the whole time, for who must begin again.
constexpr double kLeastShareCarefully = 0.1;

// Of the whole time.
constexpr double kShareOfFirstLook = 0.25;

// Two searches that differ in the folder at the start only.
bool DifferInFolderOnly(const Search& a, const Search& b) {
  return a.cycles == b.cycles && a.waits == b.waits && a.fresh == b.fresh &&
         a.ends == b.ends && a.order == b.order && a.faults == b.faults &&
         a.max_preemptions == b.max_preemptions &&
         a.initial.name != b.initial.name;
}

// Whether two contenders with one cycle each, all interleavings of them, did
// the same from both folders.
bool SameWhenSmall(const std::vector<Run>& runs, const Search& a,
                   const Search& b) {
  const Run* small[2] = {nullptr, nullptr};
  for (const Run& run : runs) {
    const Search& search = run.search;
    if (!IsSmall(search.cycles) || search.fresh || !search.ends.empty() ||
        search.max_preemptions <= 1 || search.faults != Search::Faults::kNone ||
        search.waits != a.waits) {
      continue;
    }
    if (search.initial.name == a.initial.name) small[0] = &run;
    if (search.initial.name == b.initial.name) small[1] = &run;
  }
  return small[0] != nullptr && small[1] != nullptr &&
         small[0]->searched.complete && small[1]->searched.complete &&
         small[0]->searched.fingerprint == small[1]->searched.fingerprint;
}

// FNV-1a, 64 bits.
uint64_t HashOf(const std::vector<Search>& searches) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const Search& search : searches) {
    for (const char c :
         absl::StrCat(search.Describe(), search.DescribeFolder(), "\n")) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return hash;
}

// Whether it is one of those that come before all that takes time.
bool IsNear(const Search& search) {
  return IsSmall(search.cycles) && search.cycles.size() == 2 &&
         search.order == Search::Order::kExhaustive && !search.fresh &&
         search.crash.empty() && search.ends.empty() &&
         search.initial.entries.empty() &&
         search.faults != Search::Faults::kCrashes &&
         search.max_preemptions <=
             (search.faults == Search::Faults::kNone ? 1 : 0);
}

// What is to be known before all searches takes long where contenders take long
// to start, or nap in calls that aren't seen; and most races show in a few
// schedules of the smallest search. So each worker begins with those that are
// near, which lead the others.
absl::StatusOr<std::vector<Run>> FirstLook(
    Explorer& explorer, const std::vector<Search>& searches,
    const std::function<SearchLimits(size_t)>& limits, absl::Duration time,
    bool stop_at_first) {
  std::vector<Run> looks;
  const absl::Duration until = MonotonicNow() + time;
  for (size_t i = 0; i < searches.size() && IsNear(searches[i]); ++i) {
    if (i == 0) {
      absl::Status learnt = explorer.LearnNames(searches[i].initial);
      if (absl::IsCancelled(learnt)) break;
      if (!learnt.ok()) return learnt;
    }
    looks.push_back(Explorer::Begin(searches[i], limits(i)));
    const bool faults = searches[i].faults != Search::Faults::kNone;
    absl::Status status = explorer.Continue(
        looks.back(), until,
        faults ? kFirstExecutionsWithFaults : kFirstExecutions);
    if (!status.ok()) return status;
    if (stop_at_first && !looks.back().searched.findings.empty()) break;
  }
  return looks;
}

// The search needn't be done again if it is over, nor what it has found be
// found again.
void TakeOver(Run look, Run& run) {
  run.over = look.over;
  run.known = std::move(look.known);
  Searched& searched = run.searched;
  if (look.over && run.limits.worker == 0) {
    searched = std::move(look.searched);
    return;
  }
  // What all workers have done counts once, and what is done again then.
  searched.findings = std::move(look.searched.findings);
  // It has begun, which nobody may take for not having looked.
  if (!searched.findings.empty()) searched.why = look.searched.why;
  if (!look.over) return;
  searched.complete = look.searched.complete;
  searched.why = std::move(look.searched.why);
  searched.statistics.exhausted = look.searched.statistics.exhausted;
}

absl::StatusOr<Explored> RunOnce(const CampaignOptions& options);

}  // namespace

bool ComesLater(const std::vector<Run>& runs, size_t i) {
  const Search& search = runs[i].search;
  if (IsSmall(search.cycles) || search.max_preemptions <= 1) return false;
  for (size_t j = 0; j < i; ++j) {
    if (DifferInFolderOnly(runs[j].search, runs[i].search) &&
        SameWhenSmall(runs, runs[j].search, runs[i].search)) {
      return true;
    }
  }
  return false;
}

Plan PlanFor(const Profile& profile) {
  Plan plan;
  if (profile.family != Family::kExistenceLock) return plan;
  plan.planted =
      profile.takes_records ? Plan::Planted::kRecords : Plan::Planted::kNothing;
  plan.crashes = plan.crash_states = profile.stale == Profile::Stale::kAtOnce ||
                                     profile.stale == Profile::Stale::kByAge;
  return plan;
}

std::vector<Search> SearchesOf(const Plan& plan, absl::string_view lock,
                               bool waits,
                               const std::vector<Search>& crash_states) {
  return Planner(plan, lock, waits, crash_states).Make();
}

CampaignOptions Carefully(const CampaignOptions& options,
                          const absl::Status& aborted, absl::Duration begun) {
  CampaignOptions carefully = options;
  carefully.explorer.copies = false;
  carefully.explorer.late = true;
  carefully.late_because = std::string(aborted.message());
  carefully.budget = std::max(options.budget * kLeastShareCarefully,
                              options.budget - (MonotonicNow() - begun));
  return carefully;
}

absl::StatusOr<Explored> RunCampaign(const CampaignOptions& options) {
  const absl::Duration begun = MonotonicNow();
  absl::StatusOr<Explored> explored = RunOnce(options);
  // Several must all begin again, with a new board.
  if (!absl::IsAborted(explored.status())) return explored;
  if (options.board != nullptr) {
    options.board->Abort();
    return explored;
  }
  return RunOnce(Carefully(options, explored.status(), begun));
}

namespace {

absl::StatusOr<Explored> RunOnce(const CampaignOptions& options) {
  const absl::Duration begun = MonotonicNow();
  const absl::Duration end = begun + options.budget;
  ExplorerOptions explorer_options = options.explorer;
  explorer_options.end = end + kMostAfterTheEnd;
  const absl::StatusOr<std::unique_ptr<Explorer>> created =
      Explorer::Create(explorer_options);
  if (!created.ok()) return created.status();
  Explorer& explorer = **created;
  const Plan& plan = options.plan;
  const bool exhaustive = plan.order == Search::Order::kExhaustive;
  const bool waits =
      // One that waits in a call that isn't seen would seem to hang.
      ClaimsForever(explorer.introduction()) && !options.explorer.late;
  SearchLimits limits;
  limits.keep_going = options.keep_going;
  limits.worker = options.worker;
  limits.workers = options.workers;
  limits.end = end;
  limits.faultless = plan.interleavings;
  // Of all searches but the present one, for reports of progress.
  Statistics others;
  const auto report = [&](size_t i, size_t searches) {
    return [&, i, searches](const Statistics& n) {
      Board::Progress& progress = options.board->progress(options.worker);
      progress.search = static_cast<int64_t>(i);
      progress.searches = static_cast<int64_t>(searches);
      progress.schedules = others.schedules + n.schedules;
      progress.pruned = others.pruned + n.pruned;
      progress.steps = others.steps + n.steps;
      progress.depth = n.max_depth;
      progress.remaining = n.remaining;
    };
  };
  if (options.board != nullptr) {
    limits.stop = [&options] { return options.board->aborted(); };
  }
  std::vector<Search> crash_states;
  std::vector<Search> searches =
      SearchesOf(plan, options.explorer.lock, waits, crash_states);
  std::vector<Run> looks;
  if (exhaustive) {
    const auto limits_of = [&](size_t i) {
      SearchLimits its = limits;
      if (options.board != nullptr)
        its.on_progress = report(i, searches.size());
      return its;
    };
    absl::StatusOr<std::vector<Run>> looked =
        FirstLook(explorer, searches, limits_of,
                  options.budget * kShareOfFirstLook, options.stop_at_first);
    if (!looked.ok()) return looked.status();
    looks = *std::move(looked);
  }
  bool found = std::any_of(looks.begin(), looks.end(), [](const Run& look) {
    return !look.searched.findings.empty();
  });
  // Several workers must have the same searches.
  const bool enough = found && options.stop_at_first && options.workers == 1;
  if (exhaustive && !enough) {
    for (const InitialState& state : StatesFor(plan, options.explorer.lock)) {
      if (!looks.empty() && state.name == looks.front().search.initial.name) {
        continue;
      }
      absl::Status learnt = explorer.LearnNames(state);
      if (absl::IsCancelled(learnt)) break;
      if (!learnt.ok()) return learnt;
    }
    if (plan.interleavings && plan.crash_states) {
      absl::StatusOr<std::vector<Search>> states = explorer.CrashStates();
      if (!states.ok() && !absl::IsCancelled(states.status())) {
        return states.status();
      }
      if (states.ok()) crash_states = *std::move(states);
    }
  }
  searches = SearchesOf(plan, options.explorer.lock, waits, crash_states);

  if (options.board != nullptr && !options.board->Agrees(HashOf(searches))) {
    return absl::FailedPreconditionError(
        "what crashes leave isn't the same each time");
  }

  std::vector<Run> runs;
  for (size_t i = 0; i < searches.size(); ++i) {
    if (options.board != nullptr) {
      Board& board = *options.board;
      limits.mine = [&board, &options, i](int64_t part) {
        return board.Take(i, part, options.worker, options.workers);
      };
      if (!options.keep_going) {
        limits.found = [&board, i](int64_t part) { board.Found(i, part); };
        limits.needless = [&board, i](int64_t part) {
          return board.Needless(i, part);
        };
      }
      limits.on_progress = report(i, searches.size());
    }
    runs.push_back(Explorer::Begin(searches[i], limits));
  }
  for (size_t i = 0; i < looks.size(); ++i) {
    TakeOver(std::move(looks[i]), runs[i]);
  }

  // Each has its share of the time that is left. What some don't need is for
  // those that could do more with it.
  bool stop = found && options.stop_at_first;
  int64_t executions = kFirstExecutions;
  size_t open = runs.size();
  for (int round = 0; open > 0 && !stop; ++round) {
    const bool later = round > kRounds;  // their time has come
    if (round == kRounds) executions = INT64_MAX;
    open = 0;
    for (size_t i = 0; i < runs.size(); ++i) {
      Run& run = runs[i];
      if (run.over) continue;
      if (!later && ComesLater(runs, i)) {
        ++open;
        continue;
      }
      // Those from here on, and those that come later.
      double shares = 0;
      for (size_t j = 0; j < runs.size(); ++j) {
        if (runs[j].over) continue;
        const bool waits = !later && ComesLater(runs, j);
        if (waits || j >= i) shares += waits ? kShareOfThoseLater : 1;
      }
      const absl::Duration now = MonotonicNow();
      // One look at each is worth being late for, unless there is a finding.
      if (now >= end && (found || run.searched.took > absl::ZeroDuration() ||
                         now >= end + options.budget / 10)) {
        stop = true;
        break;
      }
      others = Statistics();
      for (const Run& other : runs) {
        if (&other == &run) continue;
        others.schedules += other.searched.statistics.schedules;
        others.pruned += other.searched.statistics.pruned;
        others.steps += other.searched.statistics.steps;
      }
      absl::Status continued = explorer.Continue(
          run, now + std::max(absl::ZeroDuration(), end - now) / shares,
          executions);
      if (!continued.ok()) return continued;
      open += run.over ? 0 : 1;
      found |= !run.searched.findings.empty();
      stop = options.stop_at_first && found;
      if (stop) break;
    }
    if (round < kRounds) executions *= kGrowth;
  }

  Explored explored;
  explored.introduction = explorer.introduction();
  explored.late = options.explorer.late;
  explored.late_because = options.late_because;
  for (Run& run : runs) {
    if (!run.over && run.searched.why.empty()) {
      // It hasn't begun.
      if (options.stop_at_first) continue;
      run.searched.why = "the time was up";
    } else if (!run.over && options.stop_at_first && found) {
      run.searched.why = run.searched.findings.empty()
                             ? "another search has found a violation"
                             : "it has found a violation";
    }
    // Those of a first look are not met again if the time is up before.
    run.searched.violations =
        std::max(run.searched.violations,
                 static_cast<int64_t>(run.searched.findings.size()));
    explored.searches.push_back(run.search.Describe());
    explored.folders.push_back(run.search.DescribeFolder());
    explored.searched.push_back(std::move(run.searched));
  }
  explorer.Account(explored);
  explored.took = MonotonicNow() - begun;
  return explored;
}

}  // namespace

}  // namespace conformance::explorer
