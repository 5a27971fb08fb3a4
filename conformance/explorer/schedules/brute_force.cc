// Every schedule, by copies of the model; and its equivalence class.

#include "conformance/explorer/schedules/brute_force.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {
namespace {

struct Visited {
  bool fault_while_waiting = false;
  std::vector<Step> steps;
  std::vector<Footprint> footprints;
  int preemptions = 0;
};

void Enumerate(
    const ModelKernel& kernel, int faults, Visited& visited,
    absl::FunctionRef<void(const ModelKernel&, const Visited&)> visit) {
  if (!kernel.AnyEnabled()) {
    visit(kernel, visited);
    return;
  }
  const std::vector<ActorState> actors = kernel.Actors();
  for (const ActorState& state : actors) {
    std::vector<Step> steps;
    if (state.enabled) steps.push_back(Step{state.actor});
    if (faults > 0) {
      steps.insert(steps.end(), state.faults.begin(), state.faults.end());
    }
    const int before = visited.steps.empty() ? -1 : visited.steps.back().actor;
    const bool preempts = before >= 0 && before != state.actor &&
                          actors[before].enabled && !actors[before].yielded &&
                          !actors[before].idle;
    for (const Step& step : steps) {
      ModelKernel next = kernel;
      visited.fault_while_waiting |= !state.enabled;
      visited.footprints.push_back(next.Execute(step));
      visited.steps.push_back(step);
      visited.preemptions += preempts;
      Enumerate(next, faults - (step.kind != Step::Kind::kRun), visited, visit);
      visited.preemptions -= preempts;
      visited.steps.pop_back();
      visited.footprints.pop_back();
    }
  }
}

std::string Text(const std::vector<Step>& steps) {
  return absl::StrJoin(steps, " ", [](std::string* out, const Step& s) {
    absl::StrAppend(out, s.ToString());
  });
}

// The normal form of Foata: each step as early as those allow that it depends
// on, and in alphabetical order where there is none. Two schedules are
// equivalent if and only if theirs is the same.
std::string ClassOf(const std::vector<Step>& steps,
                    const std::vector<Footprint>& footprints) {
  std::vector<size_t> level(steps.size());
  std::map<size_t, std::vector<std::string>> levels;
  for (size_t i = 0; i < steps.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (steps[i].actor == steps[j].actor ||
          Conflict(footprints[i], footprints[j])) {
        level[i] = std::max(level[i], level[j] + 1);
      }
    }
    levels[level[i]].push_back(steps[i].ToString());
  }
  std::string form;
  for (auto& [number, words] : levels) {
    std::sort(words.begin(), words.end());
    absl::StrAppend(&form, absl::StrJoin(words, " "), " | ");
  }
  return form;
}

}  // namespace

Truth BruteForce(const ModelKernel& start, int faults) {
  Truth truth;
  Visited visited;
  Enumerate(start, faults, visited,
            [&](const ModelKernel& end, const Visited& v) {
              const std::string text = Text(v.steps);
              const std::string outcome = end.Outcome();
              truth.schedules.insert(text);
              truth.by_preemptions[v.preemptions].insert(text);
              truth.outcomes.insert(outcome);
              truth.deadlock |= end.Deadlocked();
              truth.fault_while_waiting |= v.fault_while_waiting;
              const auto [it, added] = truth.outcome_of_class.try_emplace(
                  ClassOf(v.steps, v.footprints), outcome);
              truth.consistent &= it->second == outcome;
            });
  return truth;
}

Found Search(Scheduler& scheduler, const ModelKernel& start, int max_steps) {
  Found found;
  RunAll(
      scheduler, start,
      [&](const ModelExecution& e) {
        found.max_holders = std::max(found.max_holders, e.max_holders);
        if (!e.complete) return;
        found.deadlock |= e.deadlocked;
        found.schedules.insert(Text(e.steps));
        found.classes.insert(ClassOf(e.steps, e.footprints));
        found.outcomes.insert(e.outcome);
      },
      Limits{max_steps});
  return found;
}

std::string CompareClasses(const Truth& truth, const Found& found) {
  std::string wrong;
  if (found.outcomes != truth.outcomes) {
    absl::StrAppend(&wrong, found.outcomes.size(), " outcomes instead of ",
                    truth.outcomes.size(), "; ");
  }
  const std::set<std::string> different(found.classes.begin(),
                                        found.classes.end());
  if (different.size() != truth.outcome_of_class.size()) {
    absl::StrAppend(&wrong, different.size(), " classes instead of ",
                    truth.outcome_of_class.size(), "; ");
  }
  if (found.classes.size() != different.size()) {
    absl::StrAppend(&wrong, found.classes.size(), " schedules of ",
                    different.size(), " classes; ");
  }
  return wrong;
}

std::string CompareBounded(const Truth& truth, int bound, const Found& found) {
  std::multiset<std::string> expected;
  for (const auto& [preemptions, schedules] : truth.by_preemptions) {
    if (preemptions <= bound) {
      expected.insert(schedules.begin(), schedules.end());
    }
  }
  return found.schedules == expected
             ? ""
             : absl::StrCat(found.schedules.size(), " schedules instead of ",
                            expected.size());
}

}  // namespace conformance::explorer
