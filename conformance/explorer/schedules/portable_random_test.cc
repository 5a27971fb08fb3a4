// Random schedules: the same for the same seed, and races are among them.
// This holds of both schedulers that draw.

#include "conformance/explorer/schedules/portable_random.h"

#include <cstdint>
#include <set>
#include <string>

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/portable_random_testing.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

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
