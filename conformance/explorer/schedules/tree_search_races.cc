// The sequences that are to be explored because of the races of an execution:
// optimal dynamic partial-order reduction.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/explorer/schedules/wakeup_tree.h"

namespace conformance::explorer {

// Once the effect of the last step is known.
void TreeSearch::Settle() {
  if (depth_ == 0 || options_.reduction != Reduction::kOptimal) return;
  Node& node = path_[depth_ - 1];
  if (node.settled || !node.executed || order_.size() != depth_ - 1) return;
  node.settled = true;
  node.races = order_.Add(node.step().actor,
                          {node.footprint, node.yields || node.restricted});
  if (node.yields && !node.full) {
    node.full = true;
    OfferAll(node);
  }
}

// A step that can't go on looks at what blocks it, so it races with who brought
// that about.
void TreeSearch::NoticeWaiting(const std::vector<ActorState>& actors) {
  if (options_.reduction != Reduction::kOptimal) return;
  for (const ActorState& state : actors) {
    if (state.enabled || state.finished) continue;
    // Where it was to go on, its faults are known.
    std::vector<Step> faults;
    if (!path_.empty()) {
      for (const Wakeup& wakeup :
           path_.back().branches[path_.back().next].then) {
        if (wakeup.planned.step == Step{state.actor}) {
          faults = wakeup.planned.faults;
        }
      }
    }
    for (const size_t race :
         order_.RacesOf(state.actor,
                        {state.waits_for, state.waits_for.accesses.empty()})) {
      waiting_.push_back({race, order_.size(), state.actor, faults});
    }
  }
}

// The steps that would have come next are not known, nor what they race with:
// they may race with anything.
void TreeSearch::NoticeUnknown() {
  if (options_.reduction != Reduction::kOptimal || path_.empty() ||
      order_.size() != depth_) {
    return;
  }
  for (const ActorState& state : path_.back().actors) {
    if (state.finished) continue;
    for (const size_t race : order_.RacesOf(state.actor, {{}, true})) {
      waiting_.push_back({race, order_.size(), state.actor, {}});
    }
  }
}

// At the end of an execution: its races are to be reversed, and what else might
// have come in the place of a step is to be explored.
void TreeSearch::ReverseRaces() {
  if (options_.reduction != Reduction::kOptimal) return;
  for (size_t i = 0; i < order_.size(); ++i) {
    const Step step = path_[i].step();
    for (const size_t race : path_[i].races) Reverse(race, i, step, nullptr);
  }
  for (const Waiting& waiting : waiting_) {
    Reverse(waiting.race, waiting.at, Step{waiting.actor},
            waiting.faults.empty() ? nullptr : &waiting.faults);
  }
  for (size_t i = 0; i < order_.size(); ++i) {
    PlanFaultsAt(i);
  }
}

// Faults are other outcomes of the same step: they are explored where the step
// is a free choice, or had its turn by a reversed race; elsewhere where they
// race.
void TreeSearch::PlanFaultsAt(size_t at) {
  const Node& node = path_[at];
  const Wakeup& branch = node.branches[node.next];
  if (node.full || node.faults >= options_.max_faults ||
      branch.planned.step.kind != Step::Kind::kRun || !branch.then.empty()) {
    return;
  }
  // Planning adds to the branches.
  const std::vector<Step> known = branch.planned.faults;
  const int actor = branch.planned.step.actor;
  for (const Step& fault : FindActor(node.actors, actor)->faults) {
    if (std::find(known.begin(), known.end(), fault) != known.end()) continue;
    Plan(at, order_.NotAfter(at, order_.size()), PlannedStep{fault, {}, {}});
  }
}

// Whether the step, which comes or would come after the first `at` ones, can't
// be run before the one at this position.
bool TreeSearch::CantComeBefore(size_t race, size_t at,
                                const Step& step) const {
  for (size_t i = race + 1; i < at; ++i) {
    // It isn't known how it stands when others of its actor have been run.
    if (path_[i].step().actor == step.actor) return false;
  }
  const ActorState* const state = FindActor(path_[race].actors, step.actor);
  if (state == nullptr) return true;
  if (step.kind != Step::Kind::kRun) {
    return std::find(state->faults.begin(), state->faults.end(), step) ==
           state->faults.end();
  }
  if (state->enabled) return false;
  // It waits there, and if that step is what lets it go on, it would still.
  const ActorState* const after =
      race + 1 < path_.size() ? FindActor(path_[race + 1].actors, step.actor)
                              : nullptr;
  return after == nullptr || after->enabled;
}

// Has `step` run before the one at this position. It comes, or would come,
// after the first `at` steps of the path.
void TreeSearch::Reverse(size_t race, size_t at, const Step& step,
                         const std::vector<Step>* faults) {
  if (path_[race].full || CantComeBefore(race, at, step)) return;
  // The step that came instead of it, and all that depend on that, can't come
  // before it.
  size_t instead = at;
  while (instead < order_.size() && path_[instead].step().actor != step.actor) {
    ++instead;
  }
  std::vector<size_t> before = order_.NotAfter(race, order_.size());
  before.erase(
      std::remove_if(before.begin(), before.end(),
                     [&](size_t i) {
                       return i >= instead &&
                              (i == instead || order_.IsBefore(instead, i));
                     }),
      before.end());
  PlannedStep planned{step, {}, {}};
  if (step.kind == Step::Kind::kRun && instead < order_.size() &&
      path_[instead].faults < options_.max_faults) {
    planned.faults = FindActor(path_[instead].actors, step.actor)->faults;
  }
  if (faults != nullptr) planned.faults = *faults;
  Plan(race, before, std::move(planned));
}

// Has these steps of the path, and then `step`, explored from the node at this
// position, unless that is equivalent to something explored or planned.
void TreeSearch::Plan(size_t at, const std::vector<size_t>& before,
                      PlannedStep step) {
  Node& node = path_[at];
  std::vector<PlannedStep> sequence;
  sequence.reserve(before.size() + 1);
  for (const size_t i : before) {
    sequence.push_back({path_[i].step(), path_[i].footprint, {}});
  }
  sequence.push_back(std::move(step));
  const auto faults =
      node.faults +
      std::count_if(sequence.begin(), sequence.end(), [](const PlannedStep& p) {
        return p.step.kind != Step::Kind::kRun;
      });
  if (faults > options_.max_faults) return;
  const bool plain_only = faults == options_.max_faults;
  for (const Sleeper& sleeper : node.sleep) {
    if (sleeper.yields) {  // it was given up
      if (sequence.front().step == sleeper.step) return;
    } else if (PositionOfInitial(sequence, sleeper.step, &sleeper.footprint)
                   .has_value()) {
      return;
    }
  }
  if (at_rest_ && IsAsleep(node, plain_only, &sequence)) return;
  InsertSequence(node.branches, node.next + 1, std::move(sequence), plain_only,
                 at_rest_);
}

// Whether some actor sleeps, whatever comes of its step, and, if there is a
// sequence, independently of that.
bool TreeSearch::IsAsleep(const Node& node, bool plain_only,
                          const std::vector<PlannedStep>* sequence) const {
  const auto sleeps = [&](const Step& step) {
    return std::any_of(
        node.sleep.begin(), node.sleep.end(), [&](const Sleeper& s) {
          return s.step == step && !s.yields && !s.of_full &&
                 (sequence == nullptr ||
                  IsIndependent(*sequence, step.actor, s.footprint));
        });
  };
  return std::any_of(
      node.sleep.begin(), node.sleep.end(), [&](const Sleeper& sleeper) {
        if (sleeper.step.kind != Step::Kind::kRun || !sleeps(sleeper.step))
          return false;
        const ActorState* state = FindActor(node.actors, sleeper.step.actor);
        return plain_only ||
               std::all_of(state->faults.begin(), state->faults.end(), sleeps);
      });
}

}  // namespace conformance::explorer
