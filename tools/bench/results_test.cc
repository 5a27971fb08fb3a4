// Figures, and their JSON.

#include "tools/bench/results.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bench {
namespace {

using ::testing::HasSubstr;

Results Sample() {
  Results results;
  results.figures.push_back(
      MakeFigure("hand-over", "bare", "us", {100, 120, 110}));
  Figure ours = MakeFigure("hand-over", "LockFile", "us", {200, 240, 330});
  ours.ComparePairs("bare", {200, 240, 330}, {100, 120, 110});
  ours.Compare("another", 1.5);
  results.figures.push_back(ours);
  return results;
}

TEST(ResultsTest, FigureHasMedianQuartilesAndRatioOfPairs) {
  const Results results = Sample();
  const Figure* figure = results.Find("hand-over", "LockFile");
  ASSERT_NE(figure, nullptr);
  EXPECT_EQ(figure->value, 240);
  EXPECT_EQ(figure->low, 220);
  ASSERT_NE(figure->To("bare"), nullptr);
  EXPECT_EQ(figure->To("bare")->ratio, 2);
  ASSERT_NE(figure->To("another"), nullptr);
  EXPECT_EQ(figure->To("another")->ratio, 1.5);
  EXPECT_EQ(figure->To("LockFile"), nullptr);
  EXPECT_EQ(results.Find("hand-over", "nobody"), nullptr);
}

TEST(ResultsTest, JsonGoesThereAndBack) {
  const std::optional<Results> again = FromJson(ToJson(Sample()));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(ToText(*again), ToText(Sample()));
  EXPECT_EQ(ToJson(*again), ToJson(Sample()));
  EXPECT_FALSE(FromJson("{}").has_value());
  EXPECT_FALSE(FromJson("nonsense").has_value());
}

TEST(ResultsTest, TextHasAllComparisons) {
  EXPECT_THAT(ToText(Sample()), HasSubstr("2.00 (2.00-2.50) of bare; "
                                          "1.50 (1.50-1.50) of another;"));
}

TEST(ResultsTest, QuantitiesHaveTheUnitThatFits) {
  EXPECT_EQ(Quantity(5.178, "us"), "5.18 µs");
  EXPECT_EQ(Quantity(26692, "us"), "26.7 ms");
  EXPECT_EQ(Quantity(46632000, "us"), "46.6 s");
  EXPECT_EQ(Quantity(1733, "ms"), "1.73 s");
  EXPECT_EQ(Quantity(7354.4, "/s"), "7354 /s");
  EXPECT_EQ(Quantity(0.005, "%"), "0.005 %");
  EXPECT_EQ(Quantity(0, "times"), "0 times");
  EXPECT_EQ(Quantity(58, "times"), "58 times");
  EXPECT_EQ(Quantity(0.998, ""), "0.998");
}

}  // namespace
}  // namespace bench
