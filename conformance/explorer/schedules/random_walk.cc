// Draws actors, and faults.

#include "conformance/explorer/schedules/random_walk.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

RandomWalk::RandomWalk(const Options& options)
    : options_(options), fairness_(options.yields) {}

bool RandomWalk::NextSchedule() {
  if (running_) Finished(false);
  if (executions_ >= options_.executions) return false;
  random_.seed(
      SeedOf(options_.seed, options_.first + executions_ * options_.stride));
  ++executions_;
  depth_ = faults_ = 0;
  running_ = true;
  fairness_.Begin();
  return true;
}

std::optional<Step> RandomWalk::Choose(const std::vector<ActorState>& actors) {
  fairness_.Observe(actors);
  std::vector<int> possible;
  std::vector<Step> faults;
  for (const ActorState& state : actors) {
    if (state.finished) continue;
    const bool schedulable = fairness_.Schedulable(state.actor);
    if (schedulable) possible.push_back(state.actor);
    if (schedulable || !state.enabled) {
      faults.insert(faults.end(), state.faults.begin(), state.faults.end());
    }
  }
  if (possible.empty()) return std::nullopt;
  if (faults_ < options_.max_faults && !faults.empty() &&
      DrawChance(random_, options_.fault_probability)) {
    ++faults_;
    const Step& fault = faults[Draw(random_, faults.size())];
    fairness_.Chose(fault.actor);
    return fault;
  }
  const int chosen = possible[Draw(random_, possible.size())];
  fairness_.Chose(chosen);
  return Step{chosen};
}

void RandomWalk::Executed(const Step& /*step*/,
                          const Footprint& /*footprint*/) {
  ++statistics_.steps;
  statistics_.max_depth = std::max(statistics_.max_depth, ++depth_);
}

void RandomWalk::Finished(bool complete) {
  if (!running_) return;
  running_ = false;
  ++(complete ? statistics_.schedules : statistics_.abandoned);
  statistics_.remaining =
      static_cast<double>(options_.executions - executions_);
}

std::string RandomWalk::Describe() const {
  return absl::StrCat(options_.executions, " random schedules, seed ",
                      options_.seed,
                      options_.max_faults > 0 ? ", with faults" : "");
}

}  // namespace conformance::explorer
