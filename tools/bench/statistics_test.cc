// The statistics, on values that can be worked out by hand.

#include "tools/bench/statistics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bench {
namespace {

TEST(StatisticsTest, MedianIsTheMiddleOrTheMeanOfTwo) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(Median({7}), 7);
  EXPECT_EQ(Median({}), 0);
}

TEST(StatisticsTest, QuantilesInterpolate) {
  EXPECT_EQ(Quantile({0, 10, 20, 30, 40}, 0.25), 10);
  EXPECT_EQ(Quantile({0, 10}, 0.99), 9.9);
  EXPECT_EQ(Quantile({5, 1}, 0), 1);
  EXPECT_EQ(Quantile({5, 1}, 1), 5);
}

TEST(StatisticsTest, RatiosArePaired) {
  EXPECT_THAT(Ratios({2, 9}, {1, 3}), testing::ElementsAre(2, 3));
}

TEST(StatisticsTest, JainIndexTellsFairFromUnfair) {
  EXPECT_EQ(JainIndex({5, 5, 5, 5}), 1);
  EXPECT_EQ(JainIndex({8, 0, 0, 0}), 0.25);
  EXPECT_EQ(JainIndex({}), 0);
}

}  // namespace
}  // namespace bench
