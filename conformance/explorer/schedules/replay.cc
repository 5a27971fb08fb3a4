// The steps of a schedule, compared with what is possible.

#include "conformance/explorer/schedules/replay.h"

#include <algorithm>
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

constexpr absl::string_view kWasIt =
    "; was the schedule recorded with this implementation?";

}  // namespace

Replay::Replay(Schedule schedule, Then then)
    : schedule_(std::move(schedule)), then_(then) {}

bool Replay::NextSchedule() {
  if (running_) Finished(false);
  if (begun_) return false;
  begun_ = running_ = true;
  return true;
}

std::optional<Step> Replay::Choose(const std::vector<ActorState>& actors) {
  fairness_.Observe(actors);
  if (!divergence_.empty() && then_ != Then::kAdapt) return std::nullopt;
  for (; next_ < schedule_.steps.size(); ++next_) {
    const Step& step = schedule_.steps[next_];
    const auto state = std::find_if(
        actors.begin(), actors.end(),
        [&](const ActorState& s) { return s.actor == step.actor; });
    const bool exists = state != actors.end();
    const bool enabled = exists && state->enabled;
    const bool offered =
        exists && std::find(state->faults.begin(), state->faults.end(), step) !=
                      state->faults.end();
    const Step plain = {step.actor};
    // The execution knows which faults are possible besides those that are
    // offered, and is broken off for others.
    if (offered || (enabled && (step == plain || then_ != Then::kAdapt))) {
      return Chosen(step);
    }
    if (divergence_.empty()) {
      divergence_ = absl::StrCat(
          "step ", next_ + 1, " of ", schedule_.steps.size(), ", ",
          step.ToString(), ", is impossible: contender ", plain.ToString(),
          !exists           ? " doesn't exist"
          : state->finished ? " has finished"
          : enabled         ? " makes another call there"
                            : " is blocked",
          then_ == Then::kAdapt ? "" : kWasIt);
    }
    if (then_ != Then::kAdapt) return std::nullopt;
    if (enabled) return Chosen(plain);
  }
  if (then_ == Then::kStop) return std::nullopt;
  std::optional<Step> step;
  for (const ActorState& state : actors) {
    if (fairness_.Schedulable(state.actor) &&
        (!step.has_value() || state.actor == last_)) {
      step = Step{state.actor};
    }
  }
  return step.has_value() ? Chosen(*step) : step;
}

std::optional<Step> Replay::Chosen(const Step& step) {
  fairness_.Chose(step.actor);
  return step;
}

void Replay::Executed(const Step& step, const Footprint& /*footprint*/) {
  ++statistics_.steps;
  ++statistics_.max_depth;
  last_ = step.actor;
  if (next_ < schedule_.steps.size()) ++next_;
}

void Replay::Finished(bool complete) {
  if (!running_) return;
  running_ = false;
  if (complete && next_ < schedule_.steps.size() && divergence_.empty()) {
    divergence_ = absl::StrCat(
        "nobody can run after step ", next_, ", but the schedule has ",
        schedule_.steps.size(), " steps", then_ == Then::kAdapt ? "" : kWasIt);
  }
  statistics_.remaining = 0;
  if (!divergence_.empty()) {
    ++statistics_.diverged;
    return;
  }
  ++(complete ? statistics_.schedules : statistics_.abandoned);
  statistics_.exhausted = next_ == schedule_.steps.size();
}

std::string Replay::Describe() const {
  return absl::StrCat("a replay of ", schedule_.ToString());
}

}  // namespace conformance::explorer
