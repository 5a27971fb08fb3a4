// The search of all schedules against brute force, on hundreds of random small
// programs: the same outcomes, and exactly one schedule of each equivalence
// class. Sets of outcomes alone would let a search pass that leaves classes
// out; numbers of classes don't. Broken twins show that.

#include "conformance/explorer/schedules/depth_first.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/misled.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "conformance/explorer/schedules/random_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Search, WithoutReductionRunsEveryScheduleOnce) {
  ForEachRandomKernel([](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    DepthFirst::Options options;
    options.reduction = TreeSearch::Reduction::kNone;
    DepthFirst all(options);
    const Found found = Search(all, kernel);
    EXPECT_EQ(found.schedules,
              std::multiset<std::string>(truth.schedules.begin(),
                                         truth.schedules.end()))
        << "program " << i;
    EXPECT_TRUE(all.statistics().exhausted);
    EXPECT_EQ(all.statistics().pruned, 0);
  });
}

using Reduction = TreeSearch::Reduction;

DepthFirst::Options Reduced(Reduction reduction, int max_faults = 0) {
  DepthFirst::Options options;
  options.reduction = reduction;
  options.max_faults = max_faults;
  return options;
}

// As a worker that has to do all of it alone.
DepthFirst::Options InParts(DepthFirst::Options options) {
  options.mine = [](int64_t) { return true; };
  return options;
}

// How many executions such a search of program `i` gave up, which is compared
// with the truth.
int64_t GivenUp(const DepthFirst::Options& options, const Truth& truth,
                const ModelKernel& kernel, int i) {
  DepthFirst search(options);
  EXPECT_EQ(CompareClasses(truth, Search(search, kernel)), "")
      << "program " << i;
  EXPECT_TRUE(search.statistics().exhausted) << "program " << i;
  return search.statistics().pruned;
}

TEST(Search, ReductionRunsOneScheduleOfEachClass) {
  size_t schedules = 0;
  size_t classes = 0;
  int64_t given_up = 0;
  int64_t given_up_by_sleep_sets = 0;
  int deadlocks = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    DepthFirst optimal(Reduced(Reduction::kOptimal));
    const Found found = Search(optimal, kernel);
    EXPECT_EQ(CompareClasses(truth, found), "") << "program " << i;
    EXPECT_TRUE(optimal.statistics().exhausted);
    GivenUp(InParts(Reduced(Reduction::kOptimal)), truth, kernel, i);
    schedules += truth.schedules.size();
    classes += truth.outcome_of_class.size();
    given_up += optimal.statistics().pruned;
    given_up_by_sleep_sets +=
        GivenUp(Reduced(Reduction::kSleepSets), truth, kernel, i);
    deadlocks += found.deadlock;
  });
  // The programs are worth something: there is much to reduce, and blocking.
  EXPECT_GT(schedules, 5 * classes);
  EXPECT_GT(classes, 4 * static_cast<size_t>(RandomPrograms()));
  EXPECT_GT(deadlocks, 0);
  EXPECT_LT(50 * given_up, static_cast<int64_t>(classes));
  EXPECT_GT(given_up_by_sleep_sets, static_cast<int64_t>(classes));
}

// Four actors, half of them all alike.
TEST(Search, ReductionRunsOneScheduleOfEachClassOfFour) {
  size_t schedules = 0;
  size_t classes = 0;
  int64_t given_up = 0;
  std::mt19937_64 random = RandomOfTest(20'261'130);
  for (int i = 0; i < RandomPrograms() / 5; ++i) {
    RandomProgramOptions four;
    four.actors = RandomProgramOptions::Actors::kFour;
    four.symmetric = i % 2 == 0;
    const ModelKernel kernel = RandomKernel(random, four);
    const Truth truth = BruteForce(kernel);
    given_up += GivenUp(Reduced(Reduction::kOptimal), truth, kernel, i);
    GivenUp(InParts(Reduced(Reduction::kOptimal)), truth, kernel, i);
    schedules += truth.schedules.size();
    classes += truth.outcome_of_class.size();
  }
  EXPECT_GT(schedules, 5 * classes);
  EXPECT_LT(20 * given_up, static_cast<int64_t>(classes));
}

TEST(Search, ReductionRunsOneScheduleOfEachClassWithFaults) {
  int compared = 0;
  int waited = 0;
  size_t classes = 0;
  int64_t given_up = 0;
  std::mt19937_64 random = RandomOfTest(20'261'124);
  for (int i = 0; i < RandomPrograms() / 2; ++i) {
    RandomProgramOptions closing;
    closing.closes = true;
    ModelKernel kernel = RandomKernel(random, closing);
    kernel.OfferFaults();
    const Truth truth = BruteForce(kernel, /*faults=*/1);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    // An execution ends in a deadlock, even if a fault could end that: so
    // there, a step and the fault of one that waits can't change places.
    if (truth.deadlock) continue;
    ++compared;
    waited += truth.fault_while_waiting;
    GivenUp(Reduced(Reduction::kSleepSets, 1), truth, kernel, i);
    given_up += GivenUp(Reduced(Reduction::kOptimal, 1), truth, kernel, i);
    GivenUp(InParts(Reduced(Reduction::kOptimal, 1)), truth, kernel, i);
    classes += truth.outcome_of_class.size();
  }
  EXPECT_GT(compared, RandomPrograms() / 4);
  EXPECT_GT(waited, 10);
  EXPECT_LT(20 * given_up, static_cast<int64_t>(classes));
}

TEST(Search, TwoFaultsAreNotReducedAsIfTheyWereOne) {
  std::mt19937_64 random(6);
  int compared = 0;
  for (int i = 0; i < 20; ++i) {
    RandomProgramOptions closing;
    closing.closes = true;
    ModelKernel kernel = RandomKernel(random, closing);
    kernel.OfferFaults();
    const Truth truth = BruteForce(kernel, /*faults=*/2);
    if (truth.deadlock) continue;
    ++compared;
    DepthFirst reduced(Reduced(Reduction::kOptimal, 2));
    EXPECT_EQ(CompareClasses(truth, Search(reduced, kernel)), "")
        << "program " << i;
  }
  EXPECT_GT(compared, 5);
}

// Three that share a search run together what one alone runs, whoever takes
// which part.
TEST(Search, SharedOnesRunTogetherWhatOneRuns) {
  std::mt19937_64 lots(7);
  int shared = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 5 != 0) return;
    DepthFirst alone;
    RunAll(alone, kernel, [](const ModelExecution&) {});
    std::map<int64_t, int> owners;
    int64_t schedules = 0;
    for (int worker = 0; worker < 3; ++worker) {
      DepthFirst::Options options;
      std::set<int64_t> asked;
      options.mine = [&](int64_t part) {
        EXPECT_TRUE(asked.insert(part).second) << "asked twice";
        const auto [owner, added] = owners.try_emplace(
            part, static_cast<int>(Draw(lots, static_cast<size_t>(3))));
        return owner->second == worker;
      };
      DepthFirst search(options);
      RunAll(search, kernel, [](const ModelExecution&) {});
      EXPECT_TRUE(search.statistics().exhausted);
      schedules += search.statistics().schedules;
    }
    EXPECT_EQ(schedules, alone.statistics().schedules) << i;
    shared += owners.size() > 1;
  });
  EXPECT_GT(shared, 30);
}

// ---- Broken twins ----

using ActorStates = std::vector<ActorState>;

// In how many of the random programs the comparison finds fault with a twin.
int CountCaught(const Misled::Lie& lie) {
  int caught = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    Misled twin(std::make_unique<DepthFirst>(), lie);
    caught += !CompareClasses(BruteForce(kernel), Search(twin, kernel)).empty();
  });
  return caught;
}

TEST(BrokenTwin, ThatIsToldTheTruthIsNotCaught) {
  EXPECT_EQ(CountCaught([](Footprint f) { return f; }), 0);
}

TEST(BrokenTwin, ThatForgetsToWakeIsCaught) {
  EXPECT_GT(CountCaught([](const Footprint&) { return Footprint(); }), 10);
}

TEST(BrokenTwin, ThatTakesWritesOfLocksForReadsIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              for (Access& a : f.accesses) {
                if (a.object.kind() == Object::Kind::kLock) a.write = false;
              }
              return f;
            }),
            0);
}

TEST(BrokenTwin, ThatForgetsRefusalsIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              f.accesses.erase(
                  std::remove_if(f.accesses.begin(), f.accesses.end(),
                                 [](const Access& a) { return !a.write; }),
                  f.accesses.end());
              return f;
            }),
            10);
}

TEST(BrokenTwin, ThatThinksAWaiterLooksAtSomethingElseIsCaught) {
  int caught = 0;
  int harmless = 0;
  ForEachRandomKernel([&](int /*i*/, const ModelKernel& kernel) {
    const auto with = [&](const Footprint& waits_for) {
      Misled twin(std::make_unique<DepthFirst>(), nullptr,
                  [=](ActorStates actors) {
                    for (ActorState& state : actors) {
                      state.waits_for = waits_for;
                    }
                    return actors;
                  });
      return CompareClasses(BruteForce(kernel), Search(twin, kernel)).empty();
    };
    Footprint other;
    other.Read(Object::Name("other"));
    caught += !with(other);
    // Not to know it costs schedules that are given up, and no class.
    harmless += with(Footprint());
  });
  EXPECT_GT(caught, 0);
  EXPECT_EQ(harmless, RandomPrograms());
}

TEST(BrokenTwin, ThatWakesEverybodyIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              f.Write(Object::Unseen());
              return f;
            }),
            10);
}

}  // namespace
}  // namespace conformance::explorer
