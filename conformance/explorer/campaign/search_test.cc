// The results of several that share a search, put together.

#include "conformance/explorer/campaign/search.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/exploration_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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
              HasSubstr("INCOMPLETE  1 search: the time was up\n"
                        "            0 schedules run, 3 violations"));
  EXPECT_THAT(certificate, HasSubstr("\n            - another; from "));
  EXPECT_THAT(certificate, HasSubstr("flock 7"));
  EXPECT_THAT(certificate, HasSubstr("memory maps, futexes, sockets"));
}

TEST(CertificateTest, IncompleteSearchesStandTogetherByTheirReason) {
  Exploration explored;
  const auto add = [&](const std::string& search, const std::string& folder,
                       const std::string& why) {
    explored.searches.push_back(search);
    explored.folders.push_back(folder);
    explored.searched.emplace_back();
    explored.searched.back().why = why;
    explored.searched.back().complete = why.empty();
    explored.searched.back().statistics.schedules = 10;
    explored.searched.back().took = absl::Seconds(1);
  };
  const std::string longer =
      "3 contenders, cycles 1,1,1: every interleaving with at most 2 "
      "preemptions, one of them killed before or after any call";
  add("one", "empty folder", "the time was up");
  add("one", "foreign text", "");
  add("one", "empty file left over", "the time was up");
  add("two", "empty folder", "it isn't deterministic: v1 contenders=2");
  add(longer, "empty folder", "the time was up");
  EXPECT_THAT(
      Certificate(explored),
      StartsWith(
          "complete    one\n"
          "            10 schedules run, 1.0 s; from foreign text\n"
          "INCOMPLETE  3 searches: the time was up\n"
          "            30 schedules run, 3.0 s\n"
          "            - one; from empty folder, empty file left over\n"
          "            - 3 contenders, cycles 1,1,1: every interleaving with "
          "at "
          "most 2\n"
          "              preemptions, one of them killed before or after any "
          "call; from\n"
          "              empty folder\n"
          "INCOMPLETE  1 search: it isn't deterministic: v1 contenders=2\n"
          "            10 schedules run, 1.0 s\n"
          "            - two; from empty folder\n"));
  for (const absl::string_view line :
       absl::StrSplit(Certificate(explored), '\n')) {
    EXPECT_LE(line.size(), 80) << line;
  }
}

}  // namespace
}  // namespace conformance::explorer
