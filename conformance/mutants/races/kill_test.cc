// The systematic requirements kill every race mutant, each time, and as its
// file says; and none of the locks that they break.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/testing/registry.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

// Most take a second, the longest ten. How long they take on a crowded machine,
// where the latter was once not enough by four times, isn't what is tested.
constexpr absl::Duration kEnough = absl::Minutes(5);
// To see that nobody is accused falsely: most searches aren't done by then, and
// needn't be.
constexpr absl::Duration kALook = absl::Seconds(5);

Verdict VerdictOf(absl::string_view id, const Mutant& mutant,
                  absl::Duration deadline, absl::Duration exploration) {
  RunOptions options;
  options.source.main = mutant.main;
  options.deadline = deadline;
  options.exploration = exploration;
  return RunRequirements({*FindRequirement(id)}, options).front();
}

std::string Describe(const Verdict& verdict) {
  return absl::StrCat(verdict.id, ": ", OutcomeName(verdict.outcome), "\n",
                      verdict.happened, "\n", verdict.details);
}

class KillTest : public testing::TestWithParam<Mutant> {};

TEST_P(KillTest, IsKilledEachTime) {
  const Mutant& mutant = GetParam();
  ASSERT_FALSE(mutant.killed_by.empty());
  for (const Mutant::Kill& kill : mutant.killed_by) {
    std::string first;
    for (int i = 0; i < 2; ++i) {
      const Verdict verdict =
          VerdictOf(kill.id, mutant, kill.deadline, kEnough);
      if (verdict.outcome == Outcome::kNotRun) GTEST_SKIP() << verdict.happened;
      EXPECT_EQ(OutcomeName(verdict.outcome), OutcomeName(kill.outcome))
          << mutant.name << " survived " << Describe(verdict);
      if (first.empty()) first = verdict.happened;
      EXPECT_EQ(verdict.happened, first);
    }
  }
}

// Searches take turns by executions, not by time: what is found is the same on
// a slow machine, and a search that takes long keeps no other from its turn.
TEST(TurnsTest, DoNotHangOnTheTime) {
  const Mutant& mutant = Named(AllRaceMutants(), "trusts_what_it_waited_for");
  std::vector<int64_t> schedules;
  for (const absl::Duration budget : {absl::Minutes(10), absl::Hours(3)}) {
    const absl::StatusOr<std::string> count =
        explorer::RunInWorker("", [&](const std::string& folder) {
          explorer::CampaignOptions options;
          options.explorer.source.main = mutant.main;
          options.explorer.tracing.directory = folder;
          options.plan.crashes = options.plan.failures = false;
          options.plan.three = true;
          options.budget = budget;
          options.stop_at_first = true;
          const absl::StatusOr<explorer::Exploration> explored =
              explorer::RunCampaign(options);
          if (!explored.ok()) return explored.status().ToString();
          int64_t all = 0;
          for (const explorer::SearchResult& searched : explored->searched) {
            // None has used up its time.
            if (absl::StrContains(searched.why, "time")) return searched.why;
            all += searched.statistics.schedules + searched.statistics.pruned;
          }
          return absl::StrCat(explored->Findings().empty() ? 0 : all);
        });
    ASSERT_TRUE(count.ok()) << count.status();
    if (absl::StartsWith(*count, "UNAVAILABLE")) GTEST_SKIP() << *count;
    schedules.push_back(0);
    ASSERT_TRUE(absl::SimpleAtoi(*count, &schedules.back())) << *count;
  }
  EXPECT_GT(schedules[0], 0);
  // One after the other, until each is done, they come to 2,665 and
  // more.
  EXPECT_LT(schedules[0], 1500);
  EXPECT_EQ(schedules[0], schedules[1]);
}

// Defects that are found in the mutants aren't in the locks they are made of.
class WholeLockTest : public testing::TestWithParam<Mutant> {};

TEST_P(WholeLockTest, Passes) {
  const Verdict verdict = VerdictOf("Systematic.NoInterleavingAdmitsTwo",
                                    GetParam(), absl::Seconds(10), kALook);
  if (verdict.outcome == Outcome::kNotRun) GTEST_SKIP() << verdict.happened;
  EXPECT_EQ(OutcomeName(verdict.outcome), OutcomeName(Outcome::kPass))
      << Describe(verdict);
}

INSTANTIATE_TEST_SUITE_P(All, WholeLockTest, testing::ValuesIn(AllWholeLocks()),
                         [](const testing::TestParamInfo<Mutant>& info) {
                           return std::string(info.param.name);
                         });

INSTANTIATE_TEST_SUITE_P(All, KillTest, testing::ValuesIn(AllRaceMutants()),
                         [](const testing::TestParamInfo<Mutant>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace conformance
