// Goals that are met, missed, and not measured.

#include "tools/bench/goals.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A lock that takes 6 µs, and 1.2 times as long as its own calls.
Results Sample() {
  Results results;
  results.figures.push_back(MakeFigure("work", "calls", "us", {5}));
  Figure ours = MakeFigure("work", "ours", "us", {6});
  ours.Compare("calls", 1.2);
  results.figures.push_back(ours);
  return results;
}

Goal RatioGoal(Bound bound, double limit) {
  return {"ours to calls", "work", "ours", "calls", bound, limit, "A cause."};
}

GoalResult JudgeAlone(const Goal& goal) {
  return Judge({goal}, Sample()).front();
}

TEST(GoalsTest, MetGoalSaysWhatWasFound) {
  const GoalResult result = JudgeAlone(RatioGoal(Bound::kAtMost, 1.2));
  EXPECT_EQ(result.verdict, Verdict::kMet);
  EXPECT_EQ(result.found, "1.200");
  EXPECT_EQ(result.bound, "at most 1.2");
  EXPECT_THAT(result.why, IsEmpty());
}

TEST(GoalsTest, MissedGoalSaysWhatItsCallsCostAndWhy) {
  const GoalResult result = JudgeAlone(RatioGoal(Bound::kAtMost, 1.05));
  EXPECT_EQ(result.verdict, Verdict::kMissed);
  EXPECT_EQ(result.why, "ours: 6.00 µs; calls: 5.00 µs. A cause.");
}

TEST(GoalsTest, LowerBoundsAreMissedFromBelow) {
  EXPECT_EQ(JudgeAlone(RatioGoal(Bound::kAtLeast, 1.2)).verdict, Verdict::kMet);
  EXPECT_EQ(JudgeAlone(RatioGoal(Bound::kAtLeast, 1.3)).verdict,
            Verdict::kMissed);
}

TEST(GoalsTest, GoalWithoutBaselineBoundsTheValue) {
  Goal goal = RatioGoal(Bound::kAtMost, 5.5);
  goal.baseline = "";
  const GoalResult result = JudgeAlone(goal);
  EXPECT_EQ(result.verdict, Verdict::kMissed);
  EXPECT_EQ(result.found, "6.00 µs");
  EXPECT_EQ(result.bound, "at most 5.5 us");
  EXPECT_EQ(result.why, "ours: 6.00 µs. A cause.");
}

TEST(GoalsTest, MissingFigureOrBaselineIsNotMeasured) {
  Goal other_variant = RatioGoal(Bound::kAtMost, 1);
  other_variant.variant = "nobody's";
  Goal other_baseline = RatioGoal(Bound::kAtMost, 1);
  other_baseline.baseline = "nobody's";
  for (const Goal& goal : {other_variant, other_baseline}) {
    const GoalResult result = JudgeAlone(goal);
    EXPECT_EQ(result.verdict, Verdict::kNotMeasured);
    EXPECT_THAT(result.found, IsEmpty());
    EXPECT_THAT(result.why, IsEmpty());
  }
}

TEST(GoalsTest, TextHasTheMeasuredOnes) {
  Goal missing = RatioGoal(Bound::kAtMost, 1);
  missing.what = "another thing";
  missing.variant = "nobody's";
  const std::string text =
      ToText(Judge({RatioGoal(Bound::kAtMost, 1), missing}, Sample()));
  EXPECT_THAT(text, HasSubstr("MISSED  ours to calls: 1.200, at most 1\n"));
  EXPECT_THAT(text, HasSubstr("A cause."));
  EXPECT_THAT(text, Not(HasSubstr("another thing")));
}

TEST(GoalsTest, EachGoalHasANameAndACause) {
  std::set<std::string> names;
  for (const Goal& goal : ProjectGoals()) {
    EXPECT_TRUE(names.insert(goal.what).second) << goal.what;
    EXPECT_THAT(goal.cause, Not(IsEmpty())) << goal.what;
  }
}

}  // namespace
}  // namespace bench
