// The walk through the tree of schedules, and who sleeps where in it.

#include "conformance/explorer/schedules/tree_search.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {
namespace {

// A real contender may do otherwise once, or not start, because of something
// outside (a full disk, a slow machine). If it happens more often on the same
// path, that part of the tree is given up.
constexpr int kMaxRepetitions = 2;

std::string Standing(const std::vector<ActorState>& actors) {
  std::string text;
  for (const ActorState& state : actors) {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    Step{state.actor}.ToString(),
                    state.finished  ? " finished"
                    : state.enabled ? " can run"
                                    : " is blocked",
                    state.yielded ? " and has yielded" : "",
                    state.idle ? " and is idle" : "");
    for (const Step& fault : state.faults) {
      absl::StrAppend(&text, " or ", fault.ToString());
    }
  }
  return text;
}

// Whether `step` takes its turn from `last`, who could have gone on. `actors`:
// how they stood before it.
bool Preempts(int last, const Step& step,
              const std::vector<ActorState>& actors) {
  if (last < 0 || last == step.actor) return false;
  const ActorState* state = FindActor(actors, last);
  return state != nullptr && state->enabled && !state->yielded && !state->idle;
}

}  // namespace

TreeSearch::TreeSearch(const Options& options)
    : options_(options), fairness_(options.yields) {
  // Two faults of which each is explored only where the other one isn't would
  // be missed (Plan).
  if (options.max_faults > 1 && options.reduction == Reduction::kOptimal) {
    options_.reduction = Reduction::kSleepSets;
  }
}

bool TreeSearch::NextSchedule() {
  if (running_) Finished(false);
  if (over_) return false;
  if (begun_ && !Advance()) {
    over_ = true;
    statistics_.exhausted = !incomplete_;
    statistics_.remaining = 0;
    return false;
  }
  if (options_.max_executions > 0 && executions_ >= options_.max_executions) {
    over_ = true;
    return false;
  }
  ++executions_;
  begun_ = running_ = true;
  pruned_ = covered_ = at_rest_ = diverged_ = elsewhere_ = again_ = false;
  depth_ = 0;
  last_ = -1;
  fairness_.Begin();
  return true;
}

// Turns the path to the next schedule. False: there is none.
bool TreeSearch::Advance() {
  if (again_ && repetitions_ < kMaxRepetitions) {
    ++repetitions_;
    return true;
  }
  if (again_) {
    incomplete_ = true;
    // Steps beyond the one after which it ended can't be reached.
    path_.resize(depth_);
    if (!path_.empty()) path_.back().executed = false;  // or not as it said
  }
  repetitions_ = 0;
  while (!path_.empty()) {
    Node& node = path_.back();
    // A step that was given up is not planned again, and lets nobody sleep
    // elsewhere.
    node.sleep.push_back({node.step(), std::move(node.footprint),
                          node.yields || !node.executed, node.full});
    node.executed = node.settled = false;
    node.yields = true;
    node.footprint = {};
    ++node.next;
    if (node.next < node.branches.size()) {
      order_.Shorten(path_.size() - 1);
      while (!waiting_.empty() && waiting_.back().at >= path_.size()) {
        waiting_.pop_back();
      }
      return true;
    }
    path_.pop_back();
  }
  return false;
}

std::optional<Step> TreeSearch::Choose(const std::vector<ActorState>& actors) {
  fairness_.Observe(actors);
  if (depth_ > 0 && depth_ <= path_.size()) {
    path_[depth_ - 1].yields = fairness_.yielded();
  }
  if (!diverged_ && depth_ == path_.size()) Settle();
  if (diverged_ || pruned_ || elsewhere_) return std::nullopt;
  if (depth_ < path_.size()) {
    if (path_[depth_].actors != actors) {
      Diverge(absl::StrCat(
          "contenders stood otherwise than before the same "
          "step of an earlier execution: ",
          Standing(actors), "; then: ", Standing(path_[depth_].actors)));
      return std::nullopt;
    }
  } else {
    NoticeWaiting(actors);
    std::optional<Node> node = MakeNode(actors);
    if (!node.has_value()) {
      pruned_ = true;
      return std::nullopt;
    }
    if (depth_ == options_.part_depth && !NextPartIsMine()) {
      elsewhere_ = true;
      return std::nullopt;
    }
    path_.push_back(*std::move(node));
  }
  const Step& step = path_[depth_].step();
  fairness_.Chose(step.actor);
  return step;
}

bool TreeSearch::NextPartIsMine() {
  const int64_t part = parts_++;
  statistics_.parts = parts_;
  return !options_.mine || options_.mine(part);
}

// Nothing: all that could be done here sleeps, or waits.
std::optional<TreeSearch::Node> TreeSearch::MakeNode(
    const std::vector<ActorState>& actors) {
  Node node;
  node.actors = actors;
  node.last = last_;
  node.restricted = fairness_.Restricts();
  node.full = options_.reduction != Reduction::kOptimal || node.restricted ||
              (options_.mine && depth_ < options_.part_depth);
  const Wakeup* branch = nullptr;  // that led here
  if (!path_.empty()) {
    const Node& parent = path_.back();
    branch = &parent.branches[parent.next];
    const Step& step = parent.step();
    node.preemptions =
        parent.preemptions + Preempts(parent.last, step, parent.actors);
    node.faults = parent.faults + (step.kind != Step::Kind::kRun);
    if (options_.reduction != Reduction::kNone && !parent.restricted &&
        !node.restricted && !parent.yields) {
      for (const Sleeper& sleeper : parent.sleep) {
        if (sleeper.step.actor != step.actor && !sleeper.yields &&
            !Conflict(sleeper.footprint, parent.footprint)) {
          node.sleep.push_back(sleeper);
        }
      }
    }
  }
  if (node.full) {
    OfferAll(node);
  } else if (branch != nullptr && !branch->then.empty()) {
    for (const Wakeup& wakeup : branch->then) {
      const Step& step = wakeup.planned.step;
      const ActorState* state = FindActor(actors, step.actor);
      const bool possible =
          state != nullptr &&
          (step.kind == Step::Kind::kRun
               ? state->enabled
               : std::find(state->faults.begin(), state->faults.end(), step) !=
                     state->faults.end());
      if (possible && !Sleeps(node, step)) node.branches.push_back(wakeup);
    }
  } else if (branch != nullptr && branch->whole &&
             IsAsleep(node, node.faults >= options_.max_faults, nullptr)) {
    // Where somebody still sleeps after a reversed race, what comes is
    // equivalent to something that begins with the sleeper's step.
    covered_ = true;
  } else {
    const auto offer = [&](const ActorState& state) {
      if (node.branches.empty() && state.enabled &&
          !Sleeps(node, Step{state.actor})) {
        node.branches.push_back(Wakeup{{Step{state.actor}, {}, {}}, false, {}});
      }
    };
    // The actor that ran last comes first: the first schedules are the
    // simplest.
    if (const ActorState* last = FindActor(actors, last_)) offer(*last);
    for (const ActorState& state : actors) offer(state);
    // Where all sleep, their faults may not.
    if (node.branches.empty()) OfferAll(node);
  }
  if (node.branches.empty()) return std::nullopt;
  return node;
}

bool TreeSearch::Sleeps(const Node& node, const Step& step) const {
  return std::any_of(node.sleep.begin(), node.sleep.end(),
                     [&](const Sleeper& s) { return s.step == step; });
}

// A branch for all that sleeps not and has none yet.
void TreeSearch::OfferAll(Node& node) const {
  const auto offer = [&](const Step& step) {
    if (Sleeps(node, step) ||
        node.preemptions + Preempts(node.last, step, node.actors) >
            options_.max_preemptions) {
      return;
    }
    if (std::any_of(node.branches.begin(), node.branches.end(),
                    [&](const Wakeup& w) { return w.planned.step == step; })) {
      return;
    }
    node.branches.push_back(Wakeup{{step, {}, {}}, false, {}});
  };
  const auto offer_all = [&](const ActorState& state) {
    const bool waits = !state.enabled && !state.finished;
    // Fairness is asked at once where it restricts; elsewhere it lets all go
    // on, also when it has been told of the next step since.
    if (node.restricted && !waits && !fairness_.Schedulable(state.actor))
      return;
    if (state.enabled) offer(Step{state.actor});
    if (node.faults >= options_.max_faults) return;
    for (const Step& fault : state.faults) offer(fault);
  };
  // The actor that ran last comes first: the first schedules are the simplest.
  if (const ActorState* last = FindActor(node.actors, node.last))
    offer_all(*last);
  for (const ActorState& state : node.actors) {
    if (state.actor != node.last) offer_all(state);
  }
}

void TreeSearch::Executed(const Step& step, const Footprint& footprint) {
  ++statistics_.steps;
  if (depth_ >= path_.size() || path_[depth_].step() != step) {
    Diverge(absl::StrCat("step ", step.ToString(),
                         " was executed, but it hadn't been chosen"));
    return;
  }
  Node& node = path_[depth_];
  ++depth_;
  last_ = step.actor;
  statistics_.max_depth =
      std::max(statistics_.max_depth, static_cast<int>(depth_));
  if (node.executed && !(node.footprint == footprint)) {
    Diverge(absl::StrCat("step ", depth_, ", ", step.ToString(), ", touched [",
                         footprint.ToString(), "], but earlier [",
                         node.footprint.ToString(), "]"));
    return;
  }
  node.executed = true;
  node.footprint = footprint;
}

void TreeSearch::NobodyEnabled(const std::vector<ActorState>& actors) {
  if (!running_ || diverged_ || depth_ != path_.size()) return;
  fairness_.Observe(actors);
  if (depth_ > 0) path_[depth_ - 1].yields = fairness_.yielded();
  Settle();
  NoticeWaiting(actors);
  at_rest_ = true;
}

void TreeSearch::Finished(bool complete) {
  if (!running_) return;
  running_ = false;
  if (!diverged_ && !pruned_ && !elsewhere_ && depth_ == path_.size()) {
    Settle();
    if (!at_rest_) NoticeUnknown();
    ReverseRaces();
  } else if (pruned_ && !covered_) {
    ReverseRaces();
  }
  if (!diverged_ && complete && depth_ < path_.size()) {
    Diverge(absl::StrCat("it ended after ", depth_,
                         " steps, but an earlier one went on"));
  }
  // It showed nothing new: it ended before it turned off, or even began.
  again_ = diverged_ || depth_ < path_.size() || path_.empty();
  if (!again_ && !elsewhere_ && depth_ <= options_.part_depth &&
      (complete || pruned_) && !NextPartIsMine()) {
    elsewhere_ = true;
  }
  if (diverged_) {
    ++statistics_.diverged;
  } else if (elsewhere_) {
    // The worker whose part it is counts it.
  } else if (pruned_) {
    ++statistics_.pruned;
  } else if (complete) {
    ++statistics_.schedules;
  } else {
    ++statistics_.abandoned;
    incomplete_ = true;
  }
  UpdateRemaining();
}

void TreeSearch::Diverge(absl::string_view how) {
  if (diverged_) return;
  diverged_ = true;
  divergence_ = std::string(how);
}

// The part of the tree that has been searched, if each of a node's steps leads
// to equally much.
void TreeSearch::UpdateRemaining() {
  double searched = 0;
  double share = 1;
  for (const Node& node : path_) {
    share /= static_cast<double>(node.branches.size());
    searched += share * static_cast<double>(node.next);
  }
  searched += share;
  // So deep that nothing can be said: a share of all that is next to nothing.
  constexpr double kLeast = 1e-15;
  if (searched < kLeast) {
    statistics_.remaining = -1;
    return;
  }
  statistics_.remaining = static_cast<double>(statistics_.schedules) *
                          std::max(0.0, 1 - searched) / searched;
}

std::string TreeSearch::Describe() const {
  const auto at_most = [](int n, const char* what) {
    return absl::StrCat("at most ", n, " ", what, n == 1 ? "" : "s");
  };
  std::string text = "every schedule";
  if (options_.reduction != Reduction::kNone) text += ", up to equivalence";
  if (options_.max_preemptions != kNoBound) {
    absl::StrAppend(&text, ", with ",
                    at_most(options_.max_preemptions, "preemption"));
  }
  if (options_.max_faults > 0) {
    absl::StrAppend(&text, ", with ", at_most(options_.max_faults, "fault"));
  }
  if (options_.max_executions > 0) {
    absl::StrAppend(&text, "; stops after ", options_.max_executions,
                    " executions");
  }
  return text;
}

}  // namespace conformance::explorer
