// The page, made from results that nobody has measured.

#include "tools/bench/page.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bench/goals.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Results Sample() {
  Results results;
  results.figures.push_back(MakeFigure(kFreeLock, kOpenFlockClose, "us", {3}));
  Figure calls = MakeFigure(kFreeLock, kSameCalls, "us", {4.8});
  calls.Compare(kOpenFlockClose, 1.6);
  results.figures.push_back(calls);
  Figure ours = MakeFigure(kFreeLock, kReference, "us", {6});
  ours.Compare(kOpenFlockClose, 2);
  ours.Compare(kSameCalls, 1.25);
  results.figures.push_back(ours);
  Figure late = MakeFigure(kLateHandOver, kWithLimit, "us", {1110});
  late.Compare(kBlockingFlock, 1.32);
  results.figures.push_back(late);
  for (const int processes : {2, 10, 100}) {
    results.figures.push_back(MakeFigure(CrowdWork(processes, kThroughput),
                                         kWithLimit, "/s",
                                         {5000.0 + processes}));
  }
  return results;
}

std::string PageWithBound(double limit) {
  return PerformancePage({{"a free lock", kFreeLock, kReference, kSameCalls,
                           Bound::kAtMost, limit, "A cause."}},
                         Sample());
}

TEST(PageTest, GoalsComeFirst) {
  const std::string page = PageWithBound(1.3);
  const size_t goals = page.find("## Goals");
  ASSERT_NE(goals, std::string::npos);
  EXPECT_EQ(page.find("## "), goals);
}

TEST(PageTest, MetGoal) {
  const std::string page = PageWithBound(1.3);
  EXPECT_THAT(page, HasSubstr("| a free lock | 1.250 | at most 1.3 | met |\n"));
  EXPECT_THAT(page, Not(HasSubstr("A cause.")));
}

TEST(PageTest, MissedGoalSaysWhy) {
  const std::string page = PageWithBound(1.05);
  EXPECT_THAT(page,
              HasSubstr("| a free lock | 1.250 | at most 1.05 | **missed**. "
                        "LockFile: 6.00 µs; the same calls, bare: 4.80 µs. A "
                        "cause. |\n"));
}

TEST(PageTest, MissingFigureIsADash) {
  const std::string page =
      PerformancePage({{"an idle waiter", kIdleWaiter, kWithLimit, "",
                        Bound::kAtMost, 0.1, "A cause."}},
                      Sample());
  EXPECT_THAT(
      page, HasSubstr("| an idle waiter | – | at most 0.1 | not measured |\n"));
  EXPECT_THAT(page, HasSubstr("| LockFile with owner record | – | – | – |\n"));
}

TEST(PageTest, CostHasBothRatios) {
  EXPECT_THAT(PageWithBound(1),
              HasSubstr("| LockFile | 6.00 µs | 2.00 | 1.25 |\n"));
}

TEST(PageTest, HandOverHasMedianAndLatePercentileInColumns) {
  EXPECT_THAT(
      PageWithBound(1),
      HasSubstr(
          "| LockFile, with a limit | – | 1.11 ms (1.32) | – | – | – |\n"));
}

TEST(PageTest, CrowdsAreColumns) {
  const std::string page = PageWithBound(1);
  EXPECT_THAT(page, HasSubstr("| 2 | 10 | 100 | 1000 |\n"));
  EXPECT_THAT(page, HasSubstr("| LockFile, with a limit | 5002 /s | 5010 /s | "
                              "5100 /s | – |\n"));
}

}  // namespace
}  // namespace bench
