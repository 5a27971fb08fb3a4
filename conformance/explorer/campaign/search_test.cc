// The results of several that share a search, put together.

#include "conformance/explorer/campaign/search.h"

#include <cstdint>
#include <string>

#include "conformance/explorer/campaign/exploration_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

SearchResult WithFinding(const std::string& violation, int64_t part) {
  SearchResult searched;
  searched.complete = true;
  Finding finding;
  finding.violation = violation;
  finding.part = part;
  searched.findings = {finding};
  return searched;
}

TEST(MergeTest, SchedulesThatRemainAreASumOfThoseThatAreKnown) {
  SearchResult together;
  EXPECT_LT(together.statistics.remaining, 0);
  SearchResult unknown;
  together.Merge(unknown);
  EXPECT_LT(together.statistics.remaining, 0);
  SearchResult known;
  known.statistics.remaining = 7;
  together.Merge(known);
  EXPECT_EQ(together.statistics.remaining, 7);
  together.Merge(unknown);
  together.Merge(known);
  EXPECT_EQ(together.statistics.remaining, 14);
}

TEST(MergeTest, TheFindingOfTheFirstPartIsKept) {
  SearchResult together = WithFinding("two hold", 5);
  together.Merge(WithFinding("two hold", 3));
  together.Merge(WithFinding("hung", 9));
  together.Merge(WithFinding("two hold", 4));
  EXPECT_THAT(together.findings,
              ElementsAre(Field(&Finding::part, 3), Field(&Finding::part, 9)));
  EXPECT_TRUE(together.complete);
}

TEST(MergeTest, OneThatIsNotCompleteMakesAllIncomplete) {
  SearchResult together = WithFinding("two hold", 5);
  SearchResult stopped;
  stopped.why = "the time was up";
  together.Merge(stopped);
  EXPECT_FALSE(together.complete);
  EXPECT_EQ(together.why, "the time was up");
}

TEST(MergeTest, ExplorationsBecomeOne) {
  Exploration all = ExampleExploration();
  Exploration other = ExampleExploration();
  other.searched[0].statistics.schedules = 6;
  other.searched[0].complete = false;
  other.searched[0].why = "the time was up";
  other.searched[1].findings.front().part = 2;
  other.searched[1].findings.front().message = "earlier";
  ASSERT_TRUE(all.Merge(other));
  EXPECT_EQ(all.searched[0].statistics.schedules, 11);
  EXPECT_FALSE(all.searched[0].complete);
  EXPECT_EQ(all.searched[0].why, "the time was up");
  EXPECT_EQ(all.searched[1].violations, 6);
  ASSERT_EQ(all.Findings().size(), 1);
  EXPECT_EQ(all.Findings().front()->message, "earlier");
  EXPECT_EQ(all.calls["flock"], 14);
  EXPECT_EQ(all.jobs, 2);
  other.searches.pop_back();
  EXPECT_FALSE(all.Merge(other));
}

TEST(CertificateTest, SaysWhatWasCoveredAndWhatNot) {
  const std::string certificate = Certificate(ExampleExploration());
  EXPECT_THAT(certificate,
              HasSubstr("complete    one\n            5 schedules run"));
  EXPECT_THAT(certificate,
              HasSubstr("INCOMPLETE  another\n            0 schedules run, "
                        "3 violations"));
  EXPECT_THAT(certificate, HasSubstr("the time was up"));
  EXPECT_THAT(certificate, HasSubstr("flock 7"));
  EXPECT_THAT(certificate, HasSubstr("memory maps, futexes, sockets"));
}

}  // namespace
}  // namespace conformance::explorer
