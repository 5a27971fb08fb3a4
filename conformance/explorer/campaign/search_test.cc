// The results of several that share a search, put together.

#include "conformance/explorer/campaign/search.h"

#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

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

}  // namespace
}  // namespace conformance::explorer
