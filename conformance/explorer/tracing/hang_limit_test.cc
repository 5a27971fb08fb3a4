// Limits of contenders that wait, or run, or could run.

#include "conformance/explorer/tracing/hang_limit.h"

#include <sys/types.h>

#include <map>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

constexpr absl::Duration kStart = absl::Hours(1);
constexpr absl::Duration kLimit = absl::Seconds(8);

class HangLimitTest : public testing::Test {
 protected:
  // By threads 1, 2, ...; negative: it can't run.
  bool IsOverAfter(absl::Duration elapsed, int ran, int other_ran = -1) {
    return limit_.IsOver(kStart + elapsed, [&] {
      ++asked_;
      std::map<pid_t, absl::Duration> threads;
      if (ran >= 0) threads[1] = absl::Seconds(ran);
      if (other_ran >= 0) threads[2] = absl::Seconds(other_ran);
      return threads;
    });
  }

  HangLimit limit_{kLimit, kStart};
  int asked_ = 0;
};

TEST_F(HangLimitTest, WhoCannotRunHasTheLimit) {
  EXPECT_FALSE(IsOverAfter(absl::ZeroDuration(), -1));
  EXPECT_FALSE(IsOverAfter(kLimit - absl::Nanoseconds(1), -1));
  EXPECT_EQ(asked_, 0);
  EXPECT_FALSE(IsOverAfter(kLimit, -1));
  EXPECT_FALSE(IsOverAfter(kLimit, -1));
  EXPECT_TRUE(IsOverAfter(kLimit, -1));
}

TEST_F(HangLimitTest, WhoWaitsForAMomentDoesNotHang) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(IsOverAfter(kLimit, -1));
    EXPECT_FALSE(IsOverAfter(kLimit, -1));
    EXPECT_FALSE(IsOverAfter(kLimit, 4));
  }
}

TEST_F(HangLimitTest, WhoRunsHasAQuarterMore) {
  EXPECT_FALSE(IsOverAfter(kLimit - absl::Seconds(1), 3));
  EXPECT_FALSE(IsOverAfter(kLimit, 4));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(1), 5));
  EXPECT_TRUE(IsOverAfter(kLimit + absl::Seconds(2), 6));
}

TEST_F(HangLimitTest, WhoIsNotLetRunHasLonger) {
  EXPECT_FALSE(IsOverAfter(kLimit, 4));
  EXPECT_FALSE(IsOverAfter(10 * kLimit, 4));
  EXPECT_FALSE(IsOverAfter(15 * kLimit, 5));
  EXPECT_TRUE(IsOverAfter(16 * kLimit, 6));
}

TEST_F(HangLimitTest, NobodyHasForEver) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(IsOverAfter(kLimit * (1 + i), 0));
  EXPECT_TRUE(IsOverAfter(kLimit * 21, 0));
}

// A thread that comes up brings its past with it, which isn't this wait's.
TEST_F(HangLimitTest, CountsEachThreadFromWhenItCouldRun) {
  EXPECT_FALSE(IsOverAfter(kLimit, 4));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(1), 4, 100));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(2), -1, 101));
  EXPECT_TRUE(IsOverAfter(kLimit + absl::Seconds(3), 5));
}

TEST(HangLimitExtendTest, IsExtendedOnce) {
  HangLimit hang_limit(absl::Seconds(1), absl::Seconds(100));
  const auto none = [] { return std::map<pid_t, absl::Duration>(); };
  const auto over_at = [&](int second) {
    bool over = false;
    for (int i = 0; i < 10; ++i) {
      over = hang_limit.IsOver(absl::Seconds(second), none);
    }
    return over;
  };
  EXPECT_TRUE(over_at(102));
  EXPECT_TRUE(hang_limit.Extend(3));
  EXPECT_FALSE(over_at(103));
  EXPECT_TRUE(over_at(105));
  EXPECT_FALSE(hang_limit.Extend(3));
}

}  // namespace
}  // namespace conformance::explorer
