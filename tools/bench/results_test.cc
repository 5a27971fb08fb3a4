// Figures, goals, and what is written of them.

#include "tools/bench/results.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Results Sample() {
  Results results;
  results.figures.push_back(
      MakeFigure("hand-over, median", "bare <lock>", "us", {100, 120, 110}));
  results.figures.push_back(MakeFigure("hand-over, median", "LockFile", "us",
                                       {200, 240, 330}, "bare <lock>",
                                       {100, 120, 110}));
  results.goals.push_back({"hand-over", 2.0, true, 1.5});
  results.goals.push_back({"share", 0.9, false, 0.8});
  return results;
}

TEST(ResultsTest, FigureHasMedianQuartilesAndRatioOfPairs) {
  const Results results = Sample();
  const Figure* figure = results.Find("hand-over, median", "LockFile");
  ASSERT_NE(figure, nullptr);
  EXPECT_EQ(figure->value, 240);
  EXPECT_EQ(figure->low, 220);
  EXPECT_EQ(figure->ratio, 2);
  EXPECT_EQ(results.Find("hand-over, median", "nobody"), nullptr);
}

TEST(ResultsTest, GoalsHoldOrNot) {
  const Results results = Sample();
  EXPECT_FALSE(results.goals[0].Holds());
  EXPECT_TRUE(results.goals[1].Holds());
  EXPECT_THAT(ToText(results), HasSubstr("MISSED  hand-over"));
  EXPECT_THAT(ToText(results), HasSubstr("holds   share"));
}

TEST(ResultsTest, JsonGoesThereAndBack) {
  const std::optional<Results> again = FromJson(ToJson(Sample()));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(ToMarkdown(*again), ToMarkdown(Sample()));
  EXPECT_EQ(ToSvg(*again), ToSvg(Sample()));
  EXPECT_FALSE(FromJson("{}").has_value());
  EXPECT_FALSE(FromJson("nonsense").has_value());
}

TEST(ResultsTest, PlotEscapesNames) {
  const std::string svg = ToSvg(Sample());
  EXPECT_THAT(svg, HasSubstr("bare &lt;lock&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("bare <lock>")));
}

}  // namespace
}  // namespace bench
