// The random schedulers, and what comes of them.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_TESTING_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_TESTING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

std::unique_ptr<Scheduler> MakeRandom(uint64_t seed, int executions);
std::unique_ptr<Scheduler> MakePct(uint64_t seed, int executions,
                                   int depth = 3);

// The schedules that they ran.
struct Runs {
  std::vector<std::string> schedules;
  int with_two_holders = 0;
  int max_preemptions = 0;
};

Runs Observe(Scheduler& scheduler, const ModelKernel& kernel);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_PORTABLE_RANDOM_TESTING_H_
