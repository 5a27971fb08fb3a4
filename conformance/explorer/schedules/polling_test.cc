// Searches of programs that poll: they end, since the schedulers are fair, and
// miss no outcome and no class.

#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/misled.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/random_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using Call = Instruction::Call;

TEST(Polling, EndsAndMissesNoOutcomeOfTheLock) {
  for (const std::vector<int>& cycles :
       {std::vector<int>{1, 1}, {2, 1}, {1, 1, 1}}) {
    DepthFirst search;
    const Found found =
        Search(search, LockModel('p', cycles), /*max_steps=*/200);
    EXPECT_TRUE(search.statistics().exhausted);
    EXPECT_EQ(search.statistics().abandoned, 0);
    EXPECT_EQ(found.max_holders, 1);
    EXPECT_LT(search.statistics().max_depth, 40);
  }
}

TEST(Polling, ReductionMissesNoClassThatTheFairSearchVisits) {
  for (const std::vector<int>& cycles :
       {std::vector<int>{1, 1}, {2, 1}, {1, 1, 1}}) {
    DepthFirst::Options options;
    DepthFirst reduced(options);
    const Found some = Search(reduced, LockModel('p', cycles));
    options.reduction = TreeSearch::Reduction::kNone;
    options.max_executions = 200'000;
    DepthFirst full(options);
    const Found all = Search(full, LockModel('p', cycles));
    EXPECT_TRUE(full.statistics().exhausted);
    EXPECT_EQ(some.outcomes, all.outcomes);
    EXPECT_EQ(std::set<std::string>(some.classes.begin(), some.classes.end()),
              std::set<std::string>(all.classes.begin(), all.classes.end()));
    EXPECT_LE(some.schedules.size(), all.schedules.size());
    std::cout << some.schedules.size() << " of " << all.schedules.size()
              << " schedules of " << cycles.size() << " pollers\n";
  }
}

TEST(Polling, ReductionMissesNoClassOfRandomPrograms) {
  std::mt19937_64 random = RandomOfTest(3);
  int compared = 0;
  for (int i = 0; i < RandomPrograms() * 2 / 3; ++i) {
    RandomProgramOptions polling;
    polling.polls = true;
    const ModelKernel kernel = RandomKernel(random, polling);
    constexpr int kMaxSteps = 30;
    DepthFirst::Options options;
    options.reduction = TreeSearch::Reduction::kNone;
    options.max_executions = 600;
    DepthFirst full(options);
    const Found all = Search(full, kernel, kMaxSteps);
    // Some poll for what nobody releases, for ever, and some are too large.
    if (!full.statistics().exhausted) continue;
    ++compared;
    DepthFirst reduced;
    const Found some = Search(reduced, kernel, kMaxSteps);
    EXPECT_TRUE(reduced.statistics().exhausted);
    EXPECT_EQ(some.outcomes, all.outcomes) << "program " << i;
    EXPECT_EQ(std::set<std::string>(some.classes.begin(), some.classes.end()),
              std::set<std::string>(all.classes.begin(), all.classes.end()))
        << "program " << i;
  }
  EXPECT_GT(compared, 20);
}

TEST(Polling, WithoutFairnessWouldNotEnd) {
  DepthFirst::Options options;
  options.max_executions = 20;
  Misled twin(std::make_unique<DepthFirst>(options), nullptr,
              [](std::vector<ActorState> actors) {
                for (ActorState& a : actors) a.yielded = false;
                return actors;
              });
  bool too_long = false;

  RunAll(
      twin, LockModel('p', {1, 1}),
      [&](const ModelExecution& e) {
        too_long |= !e.complete && e.steps.size() == 50;
      },
      Limits{50});
  EXPECT_TRUE(too_long);
}

TEST(Polling, WaitsForEachOtherForEverIsGivenUpAsTooLong) {
  // Nobody ever releases, so the poller polls alone.
  Program keeps = {Instruction{Call::kCreate}, Instruction{Call::kTryLock}};
  Program polls = LockProgram('p', 1);
  DepthFirst search;
  Search(search, ModelKernel({keeps, polls}), /*max_steps=*/50);
  EXPECT_GT(search.statistics().abandoned, 0);
  EXPECT_FALSE(search.statistics().exhausted);
}

}  // namespace
}  // namespace conformance::explorer
