// Whose time is up.

#include "conformance/explorer/patience.h"

#include <optional>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

constexpr absl::Duration kStart = absl::Hours(1);
constexpr absl::Duration kLimit = absl::Seconds(8);

class PatienceTest : public testing::Test {
 protected:
  bool IsOverAfter(absl::Duration elapsed, std::optional<absl::Duration> ran) {
    return patience_.IsOver(kStart + elapsed, [&] {
      ++asked_;
      return ran;
    });
  }

  Patience patience_{kLimit, kStart};
  int asked_ = 0;
};

TEST_F(PatienceTest, WhoCannotRunHasTheLimit) {
  EXPECT_FALSE(IsOverAfter(absl::ZeroDuration(), std::nullopt));
  EXPECT_FALSE(IsOverAfter(kLimit - absl::Nanoseconds(1), std::nullopt));
  EXPECT_EQ(asked_, 0);
  EXPECT_TRUE(IsOverAfter(kLimit, std::nullopt));
}

TEST_F(PatienceTest, WhoRunsHasAQuarterMore) {
  EXPECT_FALSE(IsOverAfter(kLimit - absl::Seconds(1), absl::Seconds(3)));
  EXPECT_FALSE(IsOverAfter(kLimit, absl::Seconds(4)));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(1), absl::Seconds(5)));
  EXPECT_TRUE(IsOverAfter(kLimit + absl::Seconds(2), absl::Seconds(6)));
}

TEST_F(PatienceTest, WhoIsNotLetRunHasAsLongAsItTakes) {
  EXPECT_FALSE(IsOverAfter(kLimit, absl::Seconds(4)));
  EXPECT_FALSE(IsOverAfter(10 * kLimit, absl::Seconds(4)));
  EXPECT_FALSE(IsOverAfter(100 * kLimit, absl::Seconds(5)));
  EXPECT_TRUE(IsOverAfter(200 * kLimit, absl::Seconds(6)));
}

TEST_F(PatienceTest, WhoComesToWaitAfterwardsHangs) {
  EXPECT_FALSE(IsOverAfter(kLimit, absl::Seconds(4)));
  EXPECT_TRUE(IsOverAfter(kLimit + absl::Milliseconds(1), std::nullopt));
}

// One thread of two goes to sleep: the other has its quarter, too.
TEST_F(PatienceTest, IsOfThoseThatCanRun) {
  EXPECT_FALSE(IsOverAfter(kLimit, absl::Seconds(4)));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(2), absl::Seconds(1)));
  EXPECT_FALSE(IsOverAfter(kLimit + absl::Seconds(3), absl::Seconds(2)));
  EXPECT_TRUE(IsOverAfter(kLimit + absl::Seconds(4), absl::Seconds(3)));
}

}  // namespace
}  // namespace conformance::explorer
