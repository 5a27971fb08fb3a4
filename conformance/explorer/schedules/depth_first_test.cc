// The search of all schedules against brute force, on hundreds of random small
// programs: the same outcomes, and exactly one schedule of each equivalence
// class. Sets of outcomes alone would let a search pass that leaves classes
// out; numbers of classes don't. Broken twins show that.

#include "conformance/explorer/schedules/depth_first.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/misled.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/portable_random.h"
#include "conformance/explorer/schedules/random_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Search, WithoutReductionRunsEveryScheduleOnce) {
  ForEachRandomKernel([](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    DepthFirst::Options options;
    options.sleep_sets = false;
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

TEST(Search, SleepSetsRunOneScheduleOfEachClass) {
  size_t schedules = 0;
  size_t classes = 0;
  int deadlocks = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    DepthFirst reduced;
    const Found found = Search(reduced, kernel);
    EXPECT_EQ(CompareClasses(truth, found), "") << "program " << i;
    EXPECT_TRUE(reduced.statistics().exhausted);
    schedules += truth.schedules.size();
    classes += truth.outcome_of_class.size();
    deadlocks += found.deadlock;
  });
  // The programs are worth something: there is much to reduce, and blocking.
  EXPECT_GT(schedules, 5 * classes);
  EXPECT_GT(classes, 4 * kPrograms);
  EXPECT_GT(deadlocks, 0);
}

TEST(Search, SleepSetsRunOneScheduleOfEachClassWithFaults) {
  int compared = 0;
  int waited = 0;
  std::mt19937_64 random(20'261'124);
  for (int i = 0; i < kPrograms / 2; ++i) {
    ModelKernel kernel = RandomKernel(random, false, /*close_all=*/true);
    kernel.OfferFaults();
    const Truth truth = BruteForce(kernel, /*faults=*/1);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    // An execution ends in a deadlock, even if a fault could end that: so
    // there, a step and the fault of one that waits can't change places.
    if (truth.deadlock) continue;
    ++compared;
    waited += truth.fault_while_waiting;
    DepthFirst::Options options;
    options.max_faults = 1;
    DepthFirst reduced(options);
    EXPECT_EQ(CompareClasses(truth, Search(reduced, kernel)), "")
        << "program " << i;
  }
  EXPECT_GT(compared, kPrograms / 4);
  EXPECT_GT(waited, 10);
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
    int64_t pruned = 0;
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
      pruned += search.statistics().pruned;
      schedules += search.statistics().schedules;
    }
    EXPECT_EQ(schedules, alone.statistics().schedules) << i;
    EXPECT_EQ(pruned, alone.statistics().pruned) << i;
    shared += owners.size() > 1;
  });
  EXPECT_GT(shared, 30);
}

// ---- Broken twins ----

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

TEST(BrokenTwin, ThatWakesEverybodyIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              f.Write(Object::Unseen());
              return f;
            }),
            10);
}

}  // namespace
}  // namespace conformance::explorer
