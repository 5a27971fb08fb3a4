// Running random schedulers, and counting.

#include "conformance/explorer/schedules/portable_random_testing.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/pct.h"
#include "conformance/explorer/schedules/random_walk.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

std::unique_ptr<Scheduler> MakeRandom(uint64_t seed, int executions) {
  RandomWalk::Options options;
  options.seed = seed;
  options.executions = executions;
  return std::make_unique<RandomWalk>(options);
}

std::unique_ptr<Scheduler> MakePct(uint64_t seed, int executions, int depth) {
  Pct::Options options;
  options.seed = seed;
  options.executions = executions;
  options.depth = depth;
  return std::make_unique<Pct>(options);
}

Runs Observe(Scheduler& scheduler, const ModelKernel& kernel) {
  Runs runs;
  RunAll(scheduler, kernel, [&](const ModelExecution& e) {
    runs.schedules.push_back(
        absl::StrJoin(e.steps, " ", [](std::string* out, const Step& s) {
          absl::StrAppend(out, s.ToString());
        }));
    runs.with_two_holders += e.max_holders > 1;
    runs.max_preemptions = std::max(runs.max_preemptions, e.preemptions);
  });
  return runs;
}

}  // namespace conformance::explorer
