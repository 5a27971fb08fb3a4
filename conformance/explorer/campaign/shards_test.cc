// Shares of explorations that never were, and of one that was.

#include "conformance/explorer/campaign/shards.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/exploration_testing.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ShardReport ReportOn(int shard, int count) {
  Exploration explored = ExampleExploration();
  explored.introduction = "hello lockfile-contender/1 name=x version=1 pid=" +
                          std::to_string(shard);
  explored.shards = {shard};
  explored.shard_count = count;
  return {"report" + std::to_string(shard), std::move(explored)};
}

std::string WhyNot(std::vector<ShardReport> reports) {
  const absl::StatusOr<Exploration> merged = MergeShards(std::move(reports));
  EXPECT_EQ(merged.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(merged.status().message());
}

TEST(MergeShardsTest, SumsUpAndSaysInWhichSomethingIsMissing) {
  ShardReport done = ReportOn(2, 2);
  done.explored.searched[1].complete = true;
  done.explored.searched[1].why = "";
  const absl::StatusOr<Exploration> merged =
      MergeShards({ReportOn(1, 2), done});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(merged->missing_shards(), ElementsAre());
  EXPECT_TRUE(merged->searched[0].complete);
  EXPECT_EQ(merged->searched[0].statistics.schedules, 10);
  EXPECT_FALSE(merged->searched[1].complete);
  EXPECT_EQ(merged->searched[1].why, "in shard 1: the time was up");
  EXPECT_THAT(Certificate(*merged),
              AllOf(HasSubstr("complete    one"), Not(HasSubstr("shards"))));
}

TEST(MergeShardsTest, OneByOneIsAsAllAtOnce) {
  const absl::StatusOr<Exploration> some =
      MergeShards({ReportOn(3, 3), ReportOn(1, 3)});
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_THAT(some->missing_shards(), ElementsAre(2));
  EXPECT_FALSE(some->complete());
  EXPECT_THAT(Certificate(*some),
              AllOf(HasSubstr("shards      1, 3 of 3: a share"),
                    HasSubstr("share done  one"), Not(HasSubstr("complete "))));
  const absl::StatusOr<Exploration> all =
      MergeShards({{"some", *some}, ReportOn(2, 3)});
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->searched[1].why,
            "in shard 3: the time was up; in shard 1: the time was up; in "
            "shard 2: the time was up");
  const absl::StatusOr<Exploration> once =
      MergeShards({ReportOn(3, 3), ReportOn(1, 3), ReportOn(2, 3)});
  ASSERT_TRUE(once.ok()) << once.status();
  EXPECT_EQ(ExploredToJson(*all), ExploredToJson(*once));
}

TEST(MergeShardsTest, MergesNothingThatDoesNotBelongTogether) {
  EXPECT_EQ(WhyNot({}), "there is no report");
  EXPECT_EQ(
      WhyNot({ReportOn(1, 1)}),
      "report1 is about all of it, and not a shard: there is nothing to merge");
  EXPECT_EQ(WhyNot({ReportOn(1, 2), ReportOn(2, 3)}),
            "report1 is about shard 1 of 2, and report2 about shard 2 of 3");
  ShardReport again = ReportOn(1, 2);
  again.name = "copy";
  EXPECT_EQ(WhyNot({ReportOn(1, 2), again}),
            "report1 and copy are both about shard 1 of 2");
  ShardReport newer = ReportOn(2, 2);
  newer.explored.introduction =
      "hello lockfile-contender/1 name=x version=2 pid=7";
  EXPECT_EQ(WhyNot({ReportOn(1, 2), newer}),
            "report1 is about x 1, and report2 about x 2");
  ShardReport option = ReportOn(2, 2);
  option.explored.options = " --ordinary-user";
  EXPECT_THAT(WhyNot({ReportOn(1, 2), option}), HasSubstr("other options"));
  ShardReport other = ReportOn(2, 2);
  other.explored.searches[1] = "a third one";
  EXPECT_THAT(WhyNot({ReportOn(1, 2), other}),
              HasSubstr("report1 and report2 have other searches"));
  ShardReport careful = ReportOn(2, 2);
  careful.explored.separate_commands = true;
  EXPECT_THAT(WhyNot({ReportOn(1, 2), careful}), HasSubstr("be careful"));
}

TEST(MergeShardsTest, FindsWhatOneShardAloneHasFound) {
  ShardReport one = ReportOn(1, 2);
  Finding& hung = one.explored.searched[1].findings.front();
  hung.violation = "hung";
  hung.last = true;
  hung.part = 0;
  const absl::StatusOr<Exploration> merged = MergeShards({one, ReportOn(2, 2)});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->Findings().size(), 2);
}

TEST(MergeShardsTest, BelievesNoShardThatHasDividedASearchOtherwise) {
  ShardReport one = ReportOn(1, 2);
  one.explored.searched[0].statistics.parts = 7;
  const absl::StatusOr<Exploration> merged = MergeShards({one, ReportOn(2, 2)});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_FALSE(merged->searched[0].complete);
  EXPECT_THAT(merged->searched[0].why, HasSubstr("into 7 and 0 parts"));
}

// ---- Real ones --------------------------------------------------------------

class ShardsTest : public testing::Test {
 protected:
  Exploration Explore(const Shard& shard, int jobs) const {
    WorkersOptions options;
    options.scratch = folder_.path();
    options.jobs = jobs;
    options.campaign.explorer.source = PlainLock();
    options.campaign.plan.cycles = {2, 1};
    options.campaign.plan.failures = false;
    options.campaign.budget = absl::InfiniteDuration();
    options.campaign.shard = shard;
    absl::StatusOr<Exploration> explored = RunWorkers(options);
    EXPECT_TRUE(explored.ok()) << explored.status();
    return explored.ok() ? *std::move(explored) : Exploration();
  }

  const TempFolder folder_;
};

int64_t StepsOf(const Exploration& explored) {
  int64_t steps = 0;
  for (const SearchResult& searched : explored.searched) {
    steps += searched.statistics.steps;
  }
  return steps;
}

// The classes of the whole, each once, and about as much work for each.
TEST_F(ShardsTest, AreTogetherWhatOneWouldHaveDone) {
  const Exploration whole = Explore(Shard(), 1);
  EXPECT_TRUE(whole.complete()) << Certificate(whole);
  for (const int count : {2, 3}) {
    // Each process walks to where the parts of others begin, which would count.
    const int jobs = count - 1;
    std::vector<ShardReport> reports;
    std::vector<int64_t> steps;
    for (int number = 1; number <= count; ++number) {
      Exploration explored = Explore({number, count}, jobs);
      EXPECT_FALSE(explored.complete());
      EXPECT_THAT(explored.shards, ElementsAre(number));
      steps.push_back(StepsOf(explored));
      reports.push_back({std::to_string(number), std::move(explored)});
    }
    const absl::StatusOr<Exploration> merged = MergeShards(std::move(reports));
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_TRUE(merged->complete()) << Certificate(*merged);
    ASSERT_EQ(merged->searches, whole.searches);
    for (size_t i = 0; i < whole.searched.size(); ++i) {
      SCOPED_TRACE(whole.searches[i] + ", " + whole.folders[i]);
      EXPECT_EQ(merged->searched[i].statistics.schedules,
                whole.searched[i].statistics.schedules);
      EXPECT_EQ(merged->searched[i].fingerprint, whole.searched[i].fingerprint);
    }
    const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
    EXPECT_LE(*most, 2 * *least) << testing::PrintToString(steps);
  }
}

}  // namespace
}  // namespace conformance::explorer
