// Intervals grow, vary, and stay within their bounds.

#include "lockfile/internal/poll_interval.h"

#include <algorithm>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lockfile {
namespace internal {
namespace {

TEST(PollIntervalTest, GrowsAndVariesWithinItsBounds) {
  PollInterval interval;
  absl::Duration base = PollInterval::Shortest();
  absl::Duration previous;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration next = interval.Next();
    EXPECT_GE(next, base / 2);
    EXPECT_LE(next, base);
    EXPECT_NE(next, previous);
    previous = next;
    base = std::min(base * 1.5, PollInterval::Longest());
  }
}

}  // namespace
}  // namespace internal
}  // namespace lockfile
