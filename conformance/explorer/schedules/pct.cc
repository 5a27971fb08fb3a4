// Priorities and change points.

#include "conformance/explorer/schedules/pct.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

Pct::Pct(const Options& options)
    : options_(options), fairness_(options.yields), priority_() {}

bool Pct::NextSchedule() {
  if (running_) Finished(false);
  if (executions_ >= options_.executions) return false;
  random_.seed(
      SeedOf(options_.seed, options_.first + executions_ * options_.stride));
  ++executions_;
  step_ = 0;
  running_ = true;
  fairness_.Begin();

  // A random order of all possible actors is one of those that exist.
  std::vector<int> order(priority_.size());
  std::iota(order.begin(), order.end(), options_.depth);
  Shuffle(random_, order);
  std::copy(order.begin(), order.end(), priority_.begin());

  int steps = options_.steps;
  if (steps <= 0) {
    steps = statistics_.max_depth > 0 ? statistics_.max_depth : kFirstSteps;
  }
  changes_.clear();
  for (int i = 1; i < options_.depth; ++i) {
    changes_.push_back(
        1 + static_cast<int>(Draw(random_, static_cast<size_t>(steps))));
  }
  return true;
}

std::optional<Step> Pct::Choose(const std::vector<ActorState>& actors) {
  fairness_.Observe(actors);
  std::optional<int> chosen;
  for (const ActorState& state : actors) {
    if (fairness_.Schedulable(state.actor) &&
        (!chosen.has_value() || priority_[state.actor] > priority_[*chosen])) {
      chosen = state.actor;
    }
  }
  if (!chosen.has_value()) return std::nullopt;
  fairness_.Chose(*chosen);
  return Step{*chosen};
}

void Pct::Executed(const Step& step, const Footprint& /*footprint*/) {
  ++statistics_.steps;
  statistics_.max_depth = std::max(statistics_.max_depth, ++step_);
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (changes_[i] == step_) priority_[step.actor] = static_cast<int>(i);
  }
}

void Pct::Finished(bool complete) {
  if (!running_) return;
  running_ = false;
  ++(complete ? statistics_.schedules : statistics_.abandoned);
  statistics_.remaining =
      static_cast<double>(options_.executions - executions_);
}

std::string Pct::Describe() const {
  return absl::StrCat(options_.executions,
                      " schedules by random priorities, depth ", options_.depth,
                      ", seed ", options_.seed);
}

}  // namespace conformance::explorer
