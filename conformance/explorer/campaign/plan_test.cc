// Which searches are planned, in which order.

#include "conformance/explorer/campaign/plan.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/profile.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// A folder that a crash left, as Explorer.CrashStates returns it.
Search LeftByCrash(std::string name) {
  Search search;
  search.initial.name = std::move(name);
  search.crash = {Step()};
  search.before = "empty";
  return search;
}

std::string Summary(const Search& search) {
  std::string summary =
      absl::StrCat(absl::StrJoin(search.cycles, "+"), " ", search.initial.name);
  if (search.waits) absl::StrAppend(&summary, " waits");
  if (search.fresh) absl::StrAppend(&summary, " fresh");
  if (search.faults == Search::Faults::kCrashes) {
    absl::StrAppend(&summary, " crashes");
  } else if (search.faults == Search::Faults::kFailures) {
    absl::StrAppend(&summary, " failures");
  }
  for (const NormalEnd end : search.ends) {
    absl::StrAppend(&summary, end == NormalEnd::kNone      ? " -"
                              : end == NormalEnd::kHolding ? " ends-holding"
                                                           : " ends");
  }
  if (search.max_preemptions < 100) {
    absl::StrAppend(&summary, " ", search.max_preemptions, " preemptions");
  }
  return summary;
}

std::vector<std::string> Summaries(const std::vector<Search>& searches) {
  std::vector<std::string> summaries;
  summaries.reserve(searches.size());
  for (const Search& search : searches) summaries.push_back(Summary(search));
  return summaries;
}

std::vector<std::string> FromCrashes(const Plan& plan, bool waits) {
  std::vector<Search> from;
  for (const Search& search :
       SearchesOf(plan, "lock", waits,
                  {LeftByCrash("crash-1"), LeftByCrash("crash-2")})) {
    if (!search.crash.empty()) from.push_back(search);
  }
  return Summaries(from);
}

TEST(SearchesOfTest, EveryFolderWhateverTheWork) {
  Plan plan;
  plan.three = true;
  const std::vector<std::string> searches =
      Summaries(SearchesOf(plan, "lock", /*waits=*/true, {}));
  for (const InitialState& state : InitialStates("lock")) {
    for (const char* const waits : {"", " waits"}) {
      for (const char* const work : {"1+1", "2+2"}) {
        EXPECT_THAT(searches,
                    Contains(absl::StrCat(work, " ", state.name, waits)));
      }
      EXPECT_THAT(searches, Contains(absl::StrCat("1+1+1 ", state.name, waits,
                                                  " 2 preemptions")));
      EXPECT_THAT(searches, Contains(absl::StrCat("1+1 ", state.name, waits,
                                                  " crashes 1 preemptions")));
      EXPECT_THAT(searches, Contains(absl::StrCat("1+1 ", state.name, waits,
                                                  " failures 1 preemptions")));
    }
  }
}

TEST(SearchesOfTest, OnePreemptionFirstUnlessABoundIsAskedFor) {
  Plan plan;
  const std::vector<Search> searches = SearchesOf(plan, "lock", false, {});
  const size_t folders = InitialStates("lock").size();
  ASSERT_GT(searches.size(), 2 * folders + 2);
  EXPECT_EQ(Summary(searches[0]), "1+1 empty 1 preemptions");
  // Somebody holds, another asks, and each of its calls fails once.
  EXPECT_EQ(Summary(searches[1]), "1+1 empty failures 0 preemptions");
  for (size_t i = 0; i < folders; ++i) {
    const std::string folder = InitialStates("lock")[i].name;
    if (i > 0) {
      EXPECT_EQ(Summary(searches[1 + i]),
                absl::StrCat("1+1 ", folder, " 1 preemptions"));
    }
    EXPECT_EQ(Summary(searches[3 + folders + i]),
              absl::StrCat("2+2 ", folder, " 1 preemptions"));
  }
  // After takeovers, one that is outrun, and what exit handlers do.
  EXPECT_EQ(Summary(searches[1 + folders]), "1+3 empty 2 preemptions");
  EXPECT_EQ(Summary(searches[2 + folders]), "1+1+1 empty - ends 0 preemptions");
  // It takes long, and comes last.
  EXPECT_EQ(Summary(searches.back()), "1+1+1 empty ends-holding 2 preemptions");
  // Before them, takeovers of what a crash left.
  EXPECT_EQ(
      Summary(SearchesOf(plan, "lock", false, {LeftByCrash("crash-1")})[2]),
      "1+1 crash-1 1 preemptions");
  const auto first = [&] {
    return Summary(SearchesOf(plan, "lock", false, {}).front());
  };
  plan.preemptions = 2;
  EXPECT_EQ(first(), "1+1 empty fresh 2 preemptions");
  plan.preemptions.reset();
  plan.cycles = {2, 1, 1};
  EXPECT_EQ(first(), "1+1 empty 1 preemptions");
  // Three cycles are more than is asked for.
  plan = Plan();
  plan.cycles = {1, 1};
  EXPECT_THAT(Summaries(SearchesOf(plan, "lock", false, {})),
              Not(Contains("1+3 empty 2 preemptions")));
  plan = Plan();
  plan.interleavings = false;
  EXPECT_EQ(first(), "1+1 empty failures 0 preemptions");
  plan.failures = false;
  EXPECT_EQ(first(), "1 empty fresh crashes");
}

// Without crashes nobody ends while it holds, either: of some locks that is no
// fault.
TEST(SearchesOfTest, EndsAreOfThreeAndOfTheirPlan) {
  const auto ends = [](const Plan& plan) {
    std::vector<std::string> found;
    for (const Search& search : SearchesOf(plan, "lock", true, {})) {
      if (!search.ends.empty()) found.push_back(Summary(search));
    }
    return found;
  };
  const std::string at_once = "1+1+1 empty - ends 0 preemptions";
  const std::string done = "1+1+1 empty - ends 2 preemptions";
  const std::string holding = "1+1 empty ends-holding";
  const std::string third = "1+1+1 empty ends-holding 2 preemptions";
  Plan plan;
  plan.three = true;
  EXPECT_THAT(ends(plan), ElementsAre(at_once, done, holding, third));
  plan.crashes = false;
  EXPECT_THAT(ends(plan), ElementsAre(at_once, done));
  plan.crashes = true;
  plan.interleavings = false;
  EXPECT_THAT(ends(plan), ElementsAre(holding, third));
}

TEST(PlanForTest, NobodyIsKilledWhereDeathIsNotKnownToFree) {
  Profile profile;
  EXPECT_FALSE(PlanFor(profile).crashes);
  EXPECT_FALSE(PlanFor(profile).crash_states);
  EXPECT_EQ(PlanFor(profile).planted, Plan::Planted::kAll);
  for (const Profile::Stale stale :
       {Profile::Stale::kAtOnce, Profile::Stale::kByAge}) {
    profile.stale = stale;
    EXPECT_TRUE(PlanFor(profile).crashes);
    EXPECT_TRUE(PlanFor(profile).crash_states);
  }
  profile.stale = Profile::Stale::kUnknown;
  profile.family = Family::kKernelLock;
  EXPECT_TRUE(PlanFor(profile).crashes);
}

TEST(SearchesOfTest, WhatACrashLeftIsAFolderLikeTheOthers) {
  Plan plan;
  plan.three = true;
  EXPECT_THAT(FromCrashes(plan, /*waits=*/false),
              UnorderedElementsAre("1+1 crash-1 1 preemptions",
                                   "1+1 crash-2 1 preemptions", "1+1 crash-1",
                                   "1+1 crash-2", "2+2 crash-1", "2+2 crash-2",
                                   "1+1+1 crash-1 2 preemptions",
                                   "1+1+1 crash-2 2 preemptions"));
  plan.three = false;
  plan.preemptions = 1;
  EXPECT_THAT(
      FromCrashes(plan, /*waits=*/true),
      UnorderedElementsAre(
          "1+1 crash-1 1 preemptions", "1+1 crash-2 1 preemptions",
          "1+1 crash-1 waits 1 preemptions", "1+1 crash-2 waits 1 preemptions",
          "2+2 crash-1 1 preemptions", "2+2 crash-2 1 preemptions",
          "2+2 crash-1 waits 1 preemptions",
          "2+2 crash-2 waits 1 preemptions"));
  plan = Plan();
  plan.cycles = {2, 1, 1};
  EXPECT_THAT(FromCrashes(plan, /*waits=*/false),
              Contains("2+1+1 crash-1 2 preemptions"));
  plan.cycles = {1, 1};
  EXPECT_THAT(
      FromCrashes(plan, /*waits=*/false),
      ElementsAre("1+1 crash-1 1 preemptions", "1+1 crash-2 1 preemptions",
                  "1+1 crash-1", "1+1 crash-2"));
  plan.interleavings = false;
  EXPECT_THAT(FromCrashes(plan, /*waits=*/false), ElementsAre());
}

}  // namespace
}  // namespace conformance::explorer
