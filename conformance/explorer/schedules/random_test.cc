// Schedules by lot: the same for the same seed, and races are among them.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/explorer/schedules/lot.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/pct.h"
#include "conformance/explorer/schedules/random_walk.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

std::unique_ptr<Scheduler> MakeRandom(uint64_t seed, int executions) {
  RandomWalk::Options options;
  options.seed = seed;
  options.executions = executions;
  return std::make_unique<RandomWalk>(options);
}

std::unique_ptr<Scheduler> MakePct(uint64_t seed, int executions,
                                   int depth = 3) {
  Pct::Options options;
  options.seed = seed;
  options.executions = executions;
  options.depth = depth;
  return std::make_unique<Pct>(options);
}

struct Runs {
  std::vector<std::string> schedules;
  int with_two_holders = 0;
  int max_preemptions = 0;
};

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

TEST(Random, SameSeedSameSchedules) {
  const ModelKernel kernel = LockModel('e', {2, 1, 1});
  for (const auto make : {+[](uint64_t seed) { return MakeRandom(seed, 50); },
                          +[](uint64_t seed) { return MakePct(seed, 50); }}) {
    const Runs first = Observe(*make(7), kernel);
    EXPECT_EQ(first.schedules, Observe(*make(7), kernel).schedules);
    EXPECT_NE(first.schedules, Observe(*make(8), kernel).schedules);
    const std::set<std::string> different(first.schedules.begin(),
                                          first.schedules.end());
    EXPECT_GT(different.size(), 10);
  }
}

TEST(Random, CountsWhatItRan) {
  for (const auto& scheduler : {MakeRandom(1, 30), MakePct(1, 30)}) {
    Observe(*scheduler, LockModel('a', {1, 1}));
    EXPECT_EQ(scheduler->statistics().schedules, 30);
    EXPECT_FALSE(scheduler->statistics().exhausted);
    EXPECT_EQ(scheduler->statistics().remaining, 0);
    EXPECT_EQ(scheduler->statistics().max_depth, 6);
  }
}

TEST(Random, RacesAreFoundAndCorrectLocksAreClean) {
  for (const char letter : {'b', 'c'}) {
    EXPECT_GT(Observe(*MakeRandom(1, 500), LockModel(letter, {2, 2}))
                  .with_two_holders,
              0)
        << letter;
    EXPECT_GT(
        Observe(*MakePct(1, 500), LockModel(letter, {2, 2})).with_two_holders,
        0)
        << letter;
  }
  for (const char letter : {'a', 'd', 'e', 'h'}) {
    EXPECT_EQ(Observe(*MakeRandom(1, 200), LockModel(letter, {2, 2}))
                  .with_two_holders,
              0)
        << letter;
    EXPECT_EQ(
        Observe(*MakePct(1, 200), LockModel(letter, {2, 2})).with_two_holders,
        0)
        << letter;
  }
}

TEST(Random, PollersEnd) {
  for (const auto& scheduler : {MakeRandom(1, 200), MakePct(1, 200)}) {
    Observe(*scheduler, LockModel('p', {1, 1, 1}));
    EXPECT_EQ(scheduler->statistics().schedules, 200);
  }
}

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

TEST(Pct, DepthBoundsPreemptions) {
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 1), LockModel('b', {2, 2})).max_preemptions, 0);
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 2), LockModel('b', {2, 2})).max_preemptions, 1);
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 3), LockModel('b', {2, 2})).max_preemptions, 2);
}

// The bound of the paper, for a bug of depth 3: b must have created the file
// before a does but after a has looked, and must not yet have unlinked it.
TEST(Pct, FindsABugAsOftenAsPromised) {
  Pct::Options options;
  options.depth = 3;
  options.steps = 6;  // of two contenders, each: look, create, unlink
  options.executions = 2000;
  Pct scheduler(options);
  EXPECT_GE(Observe(scheduler, LockModel('c', {1, 1})).with_two_holders,
            options.executions / 2 / options.steps / options.steps);
}

// The numbers drawn are part of what a seed means: a change of them would make
// the seeds in old reports worthless.
TEST(Lot, IsTheSameEverywhere) {
  EXPECT_NE(SeedOf(1, 0), SeedOf(1, 1));
  EXPECT_NE(SeedOf(1, 1), SeedOf(2, 0));
  EXPECT_EQ(
      Observe(*MakeRandom(1, 1), LockModel('h', {1, 1})).schedules.front(),
      Observe(*MakeRandom(1, 2), LockModel('h', {1, 1})).schedules.front());
}

}  // namespace
}  // namespace conformance::explorer
