// Random schedules: at each step, any actor that fairness lets run, each as
// likely as the others. Finds what needs many preemptions and no precision;
// for few preemptions in the right places, pct.h is better.
//
// The same seed gives the same schedules everywhere, and schedule i of it
// doesn't depend on what happened in those before.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_WALK_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_WALK_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/fairness.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

class RandomWalk : public Scheduler {
 public:
  struct Options {
    uint64_t seed = 1;
    int64_t executions = 1000;
    // Runs only the schedules first, first + stride, ... of the seed.
    int64_t first = 0;
    int64_t stride = 1;
    int max_faults = 0;  // in one schedule, of those actors offer
    // The chance that a step which may suffer a fault does.
    double fault_probability = 0.05;
    int yields = 1;  // see Fairness
  };

  explicit RandomWalk(const Options& options);

  bool NextSchedule() override;
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override;
  void Executed(const Step& step, const Footprint& footprint) override;
  void Finished(bool complete) override;
  std::string Describe() const override;

 private:
  Options options_;
  Fairness fairness_;
  std::mt19937_64 random_;
  int64_t executions_ = 0;
  int depth_ = 0;
  int faults_ = 0;
  bool running_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_RANDOM_WALK_H_
