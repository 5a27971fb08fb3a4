// The search with a bound against brute force, on hundreds of random small
// programs: exactly the schedules with few preemptions. Broken twins show that
// the comparison would tell.

#include "conformance/explorer/schedules/preemption_bounded.h"

#include <memory>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/misled.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/random_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Search, BoundRunsExactlyTheSchedulesWithFewPreemptions) {
  ForEachRandomKernel([](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    for (const int bound : {0, 1, 2}) {
      PreemptionBounded::Options options;
      options.max_preemptions = bound;
      PreemptionBounded bounded(options);
      EXPECT_EQ(CompareBounded(truth, bound, Search(bounded, kernel)), "")
          << "program " << i << ", bound " << bound;
      EXPECT_TRUE(bounded.statistics().exhausted);
    }
  });
}

TEST(BrokenTwin, ThatDoesNotCountPreemptionsIsCaught) {
  int caught = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    PreemptionBounded::Options options;
    options.max_preemptions = 0;
    Misled twin(std::make_unique<PreemptionBounded>(options), nullptr,
                [](std::vector<ActorState> actors) {
                  for (ActorState& a : actors) a.idle = true;
                  return actors;
                });
    caught +=
        !CompareBounded(BruteForce(kernel), 0, Search(twin, kernel)).empty();
  });
  EXPECT_GT(caught, 10);
}

// A bound together with sleep sets loses schedules; that is why there is no
// such scheduler.
class BoundedWithSleepSets : public TreeSearch {
 public:
  explicit BoundedWithSleepSets(int bound) : TreeSearch(OptionsFor(bound)) {}
  std::string Describe() const override { return "unsound"; }

 private:
  static Options OptionsFor(int bound) {
    Options options;
    options.max_preemptions = bound;
    return options;
  }
};

TEST(BrokenTwin, ThatCombinesABoundWithSleepSetsLosesOutcomes) {
  int lost = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    PreemptionBounded::Options options;
    options.max_preemptions = 1;
    PreemptionBounded sound(options);
    BoundedWithSleepSets unsound(1);
    lost += Search(unsound, kernel).outcomes != Search(sound, kernel).outcomes;
  });
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace conformance::explorer
