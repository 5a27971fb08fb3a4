// Searches of models of locks: which of them have races, and how many schedules
// there are.

#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/preemption_bounded.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

TEST(Locks, CorrectOnesHaveOneHolderInEverySchedule) {
  for (const char letter : {'a', 'd', 'e', 'h', 'p'}) {
    DepthFirst search;
    const Found found = Search(search, LockModel(letter, {1, 1}));
    EXPECT_EQ(found.max_holders, 1) << letter;
    EXPECT_FALSE(found.deadlock) << letter;
    EXPECT_TRUE(search.statistics().exhausted) << letter;
  }
}

TEST(Locks, RacesAreFoundWithOnePreemption) {
  // Unlinking on release needs a third acquisition, or a third contender.
  for (const auto& [letter, cycles] :
       std::vector<std::pair<char, std::vector<int>>>{
           {'b', {2, 1}}, {'b', {1, 1, 1}}, {'c', {1, 1}}}) {
    PreemptionBounded::Options options;
    options.max_preemptions = 1;
    PreemptionBounded bounded(options);
    EXPECT_EQ(Search(bounded, LockModel(letter, cycles)).max_holders, 2)
        << letter;
    DepthFirst search;
    EXPECT_EQ(Search(search, LockModel(letter, cycles)).max_holders, 2)
        << letter;

    // But not without any.
    options.max_preemptions = 0;
    PreemptionBounded none(options);
    EXPECT_EQ(Search(none, LockModel(letter, cycles)).max_holders, 1) << letter;
  }
}

TEST(Locks, CrashOfAHolderLeavesAStaleFile) {
  ModelKernel kernel = LockModel('d', {1, 1});
  kernel.OfferFaults();
  DepthFirst::Options options;
  options.max_faults = 1;
  DepthFirst search(options);
  const std::set<std::string> outcomes = Search(search, kernel).outcomes;
  EXPECT_THAT(outcomes, ::testing::Contains(HasSubstr("+!; -; 0:0=0 at 0")));
}

TEST(Locks, LeftOverFileOfAnExclusiveCreatorIsNeverTaken) {
  DepthFirst search;
  EXPECT_EQ(
      Search(search, LockModel('d', {2, 2}, /*left_over=*/true)).max_holders,
      0);
}

// For comparison with numbers measured on real processes, whose visible calls
// aren't quite the model's.
TEST(Locks, TableOfNumbers) {
  constexpr int64_t kEnough = 30'000;
  std::cout << "schedules: all / two preemptions / sleep sets (+ given up)\n";
  for (const char letter : {'a', 'b', 'd', 'e', 'h'}) {
    std::cout << letter;
    for (const std::vector<int>& cycles :
         {std::vector<int>{1, 1}, {2, 1}, {2, 2}}) {
      const ModelKernel kernel = LockModel(letter, cycles);
      DepthFirst::Options options;
      options.max_executions = kEnough;
      DepthFirst reduced(options);
      Search(reduced, kernel);
      EXPECT_TRUE(reduced.statistics().exhausted);
      options.reduction = TreeSearch::Reduction::kNone;
      DepthFirst all(options);
      RunAll(all, kernel, [](const ModelExecution&) {});
      PreemptionBounded bounded;
      RunAll(bounded, kernel, [](const ModelExecution&) {});
      EXPECT_GE(all.statistics().schedules, reduced.statistics().schedules);
      std::cout << absl::StreamFormat(
          "   %d+%d: %s%d / %d / %d (+%d)", cycles[0], cycles[1],
          all.statistics().exhausted ? "" : "> ", all.statistics().schedules,
          bounded.statistics().schedules, reduced.statistics().schedules,
          reduced.statistics().pruned);
    }
    std::cout << "\n";
  }
}

// The numbers that a tracer of real locks once gave, which stopped an execution
// when two held.
TEST(Locks, NumbersThatAreKnownFromRealProcesses) {
  struct Numbers {
    char letter;
    std::vector<int> cycles;
    int64_t all;  // 0: not known, here and below
    int64_t two_preemptions;
    int64_t sleep_sets;  // and of these, how many weren't given up midway:
    int64_t classes;
    int64_t given_up;  // by optimal reduction
  };
  const std::vector<Numbers> table = {
      {'a', {2, 2}, 438, 290, 72, 52, 0},
      {'b', {2, 2}, 2592, 666, 306, 198, 0},
      {'d', {2, 2}, 26, 26, 26, 26, 0},
      {'h', {2, 2}, 150, 0, 24, 12, 4},
      {'e', {2, 2}, 0, 1394, 1218, 518, 0},
  };
  for (const Numbers& known : table) {
    const ModelKernel kernel = LockModel(known.letter, known.cycles);
    Limits limits;
    limits.two_holders = false;
    const auto run = [&](Scheduler& scheduler) {
      RunAll(
          scheduler, kernel, [](const ModelExecution&) {}, limits);
      return scheduler.statistics().schedules +
             scheduler.statistics().abandoned;
    };
    DepthFirst::Options options;
    options.reduction = TreeSearch::Reduction::kSleepSets;
    DepthFirst sleep_sets(options);
    EXPECT_EQ(run(sleep_sets), known.classes) << known.letter;
    EXPECT_EQ(known.classes + sleep_sets.statistics().pruned, known.sleep_sets)
        << known.letter;
    DepthFirst optimal;
    EXPECT_EQ(run(optimal), known.classes) << known.letter;
    EXPECT_EQ(optimal.statistics().pruned, known.given_up) << known.letter;
    if (known.two_preemptions != 0) {
      PreemptionBounded bounded;
      EXPECT_EQ(run(bounded), known.two_preemptions) << known.letter;
    }
    if (known.all == 0) continue;
    options.reduction = TreeSearch::Reduction::kNone;
    DepthFirst all(options);
    EXPECT_EQ(run(all), known.all) << known.letter;
  }
}

}  // namespace
}  // namespace conformance::explorer
