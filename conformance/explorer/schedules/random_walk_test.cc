// The random walk: its faults.

#include "conformance/explorer/schedules/random_walk.h"

#include <algorithm>
#include <set>

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Random, FaultsAreAtMostAsManyAsAllowed) {
  ModelKernel kernel = LockModel('a', {2, 2});
  kernel.OfferFaults();
  RandomWalk::Options options;
  options.max_faults = 2;
  options.fault_probability = 0.1;
  RandomWalk scheduler(options);
  std::set<int> numbers;
  RunAll(scheduler, kernel, [&](const ModelExecution& e) {
    numbers.insert(static_cast<int>(std::count_if(
        e.steps.begin(), e.steps.end(),
        [](const Step& s) { return s.kind != Step::Kind::kRun; })));
  });
  EXPECT_EQ(numbers, (std::set<int>{0, 1, 2}));
}

}  // namespace
}  // namespace conformance::explorer
