// The planner.

#include "conformance/explorer/campaign/plan.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/profile.h"

namespace conformance::explorer {
namespace {

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
    // The near searches come before all that takes time: most races, and each
    // call of one that asks, alone or while another holds, failing.
    if (!plan_.preemptions.has_value()) {
      if (plan_.interleavings) AddNear(Search::Faults::kNone, 1);
      if (plan_.failures) AddNear(Search::Faults::kFailures, 0);
    }
    // Then takeovers: of what a crash left, and of what is there already.
    if (plan_.interleavings && !plan_.preemptions.has_value()) {
      AddFromCrashes(once, 1);
      AddAll(once, Search::Faults::kNone, 1);
      if (!IsSmall(plan_.cycles)) AddOutrun();
    }
    // Most that exit handlers do wrong needs none.
    if (!plan_.preemptions.has_value()) AddEndsWhenDone(0);
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

  // One that is slow while another comes and goes: what it looks at again is
  // another one again.
  void AddOutrun() {
    Search outrun;
    outrun.cycles = {1, 3};
    outrun.initial = initial_.front();
    outrun.max_preemptions = 2;
    searches_.push_back(std::move(outrun));
  }

  // Exit handlers and finalizers that take from a second contender what isn't
  // theirs show that only to a third one. Waiting makes no difference.
  void AddEndsWhenDone(int preemptions) {
    if (!plan_.interleavings) return;
    Search done;
    done.cycles = {1, 1, 1};
    done.ends = {NormalEnd::kNone, NormalEnd::kDone};
    done.initial = initial_.front();
    done.max_preemptions = preemptions;
    searches_.push_back(std::move(done));
  }

  void AddEnds() {
    const bool three = LooksAtThree();
    AddEndsWhenDone(plan_.preemptions.value_or(three ? 2 : 1));
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

}  // namespace

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

bool IsSmall(const std::vector<int>& cycles) {
  return cycles.size() == 2 && cycles[0] <= 1 && cycles[1] <= 1;
}

bool IsNear(const Search& search) {
  return IsSmall(search.cycles) && search.cycles.size() == 2 &&
         search.order == Search::Order::kExhaustive && !search.fresh &&
         search.crash.empty() && search.ends.empty() &&
         search.initial.entries.empty() &&
         search.faults != Search::Faults::kCrashes &&
         search.max_preemptions <=
             (search.faults == Search::Faults::kNone ? 1 : 0);
}

Plan PlanFor(const Profile& profile) {
  Plan plan;
  if (profile.family == Family::kExistenceLock) {
    plan.planted = profile.takes_records ? Plan::Planted::kRecords
                                         : Plan::Planted::kNothing;
  }
  plan.crashes = plan.crash_states =
      profile.DeathFrees() || profile.stale == Profile::Stale::kByAge;
  return plan;
}

std::vector<Search> SearchesOf(const Plan& plan, absl::string_view lock,
                               bool waits,
                               const std::vector<Search>& crash_states) {
  return Planner(plan, lock, waits, crash_states).Make();
}

}  // namespace conformance::explorer
