// Small locks are handed over after each call of a release.

#include "conformance/explorer/execution/hand_overs.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_replace.h"
#include "conformance/contender.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

// After which calls; and then why it stopped, unless all were seen.
std::vector<std::string> See(const ContenderSource& source) {
  const TempFolder folder;
  HandOverOptions options;
  options.source = source;
  options.tracing.directory = folder.path();
  std::vector<std::string> seen;
  const absl::StatusOr<HandOvers> all =
      SeeHandOvers(options, [&](const HandOver& hand_over) {
        EXPECT_GT(hand_over.holder, 0);
        EXPECT_NE(hand_over.holder, ::getpid());
        seen.push_back(
            absl::StrReplaceAll(hand_over.after, {{folder.path() + "/", ""}}));
        return true;
      });
  EXPECT_TRUE(all.ok()) << all.status();
  if (!all.ok()) return seen;
  EXPECT_EQ(all->seen, static_cast<int>(seen.size()));
  if (!all->stopped.empty()) seen.push_back(all->stopped);
  return seen;
}

TEST(HandOversTest, SeesTheOneThatFrees) {
  EXPECT_THAT(See(PlainLock()), ::testing::ElementsAre("close(3) = 0"));
  EXPECT_THAT(See(ExclusiveCreate()),
              ::testing::ElementsAre("unlink(\"lock\") = 0"));
}

TEST(HandOversTest, SeesTwoOfALockThatIsFreedTwice) {
  EXPECT_THAT(See(UnlinkingLock()),
              ::testing::ElementsAre("unlink(\"lock\") = 0", "close(3) = 0"));
}

TEST(HandOversTest, OneThatWaitsLetsTheReleaseGoOn) {
  EXPECT_THAT(See(BlockingLock()), ::testing::ElementsAre("close(3) = 0"));
}

TEST(HandOversTest, EndsWhereItIsToldTo) {
  const TempFolder folder;
  HandOverOptions options;
  options.source = UnlinkingLock();
  options.tracing.directory = folder.path();
  int seen = 0;
  const absl::StatusOr<HandOvers> all =
      SeeHandOvers(options, [&](const HandOver&) {
        ++seen;
        return false;
      });
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(seen, 1);
}

TEST(HandOversTest, SaysWhyItStops) {
  EXPECT_THAT(See(DyingLock()),
              ::testing::ElementsAre("contender a exited with status 3"));
}

}  // namespace
}  // namespace conformance::explorer
