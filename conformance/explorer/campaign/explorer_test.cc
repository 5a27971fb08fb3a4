// The findings of an explorer in small locks, and in right ones none.

#include "conformance/explorer/campaign/explorer.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/explorer_testing.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/monotonic_now.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ExplorerTest, ACorrectLockPassesAndIsSearchedWhole) {
  for (const ContenderSource& source : {PlainLock(), RecordLock()}) {
    Explore(source);
    const SearchResult searched = Run(Of({2, 2}));
    EXPECT_TRUE(searched.complete) << searched.why;
    EXPECT_TRUE(searched.findings.empty());
    EXPECT_EQ(searched.violations, 0);
    EXPECT_GT(searched.statistics.schedules, 20);
  }
}

TEST_F(ExplorerTest, ARaceIsFoundMadeSimpleAndReplayedTheSameAHundredTimes) {
  Explore(UnlinkingLock());
  const SearchResult searched = Run(Of({2, 2}));
  const Finding finding = Found(Violation::kTwoHold, searched);
  EXPECT_TRUE(finding.replayed);
  // It doesn't hide what else there is in a search as small as this.
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_LE(finding.schedule.Switches(), 2);
  EXPECT_LE(finding.schedule.steps.size(), finding.found.steps.size());
  EXPECT_LT(finding.schedule.ToString().size(), 200);
  EXPECT_THAT(finding.timeline, HasSubstr("*** two hold: contender"));
  EXPECT_THAT(finding.timeline, HasSubstr("unlink(\"lock\") = 0"));
  EXPECT_THAT(finding.timeline, HasSubstr("\n      raced: call "));

  const ReplayResult first = Play(finding.schedule);
  for (int i = 0; i < 100; ++i) {
    const ReplayResult again = Play(finding.schedule);
    ASSERT_EQ(again.divergence, "");
    ASSERT_EQ(Name(again.outcome.violation), finding.violation);
    ASSERT_EQ(again.outcome.message, first.outcome.message);
    ASSERT_EQ(again.timeline, first.timeline);
    ASSERT_TRUE(again.footprints == first.footprints);
  }
}

TEST_F(ExplorerTest, AKindOfViolationIsMadeSimpleOnce) {
  Explore(UnlinkingLock());
  Exploration explored;
  for (const bool again : {false, true}) {
    Search search = Of({2, 2});
    search.waits = again;
    explored.searched.push_back(Run(search));
    ASSERT_FALSE(explored.searched.back().findings.empty());
    const Finding& finding = explored.searched.back().findings.back();
    EXPECT_EQ(finding.violation, Name(Violation::kTwoHold));
    EXPECT_NE(finding.simple, again);
    EXPECT_EQ(finding.timeline.empty(), again);
    EXPECT_NE(Play(finding.schedule).outcome.violation, Violation::kNone);
  }
  // Whichever comes first, the simple one is told.
  std::swap(explored.searched[0], explored.searched[1]);
  const std::vector<const Finding*> findings = explored.Findings();
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front()->violation, Name(Violation::kTwoHold));
  EXPECT_TRUE(findings.front()->simple);
}

TEST_F(ExplorerTest, GoesOnPastAViolationIfTold) {
  Explore(UnlinkingLock());
  SearchLimits limits;
  limits.keep_going = true;
  const SearchResult searched = Run(Of({2, 2}), limits);
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_GT(searched.violations, 5);
  // One of each kind is told.
  std::vector<std::string> kinds;
  for (const Finding& finding : searched.findings) {
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), finding.violation), 0);
    kinds.push_back(finding.violation);
  }
  EXPECT_THAT(kinds, testing::Contains(Name(Violation::kTwoHold)));
}

TEST_F(ExplorerTest, ACrashOfAHolderIsBlamedOnTheLockThatStays) {
  Explore(ExclusiveCreate());
  const SearchResult searched = Run(With(Search::Faults::kCrashes));
  ASSERT_FALSE(searched.findings.empty());
  const Finding& finding = searched.findings.front();
  EXPECT_THAT(finding.schedule.ToString(), HasSubstr("!kill"));
  EXPECT_THAT(finding.timeline, HasSubstr("SIGKILL"));
  // A kernel's lock is freed.
  Explore(PlainLock());
  const SearchResult plain = Run(With(Search::Faults::kCrashes));
  EXPECT_TRUE(plain.complete) << plain.why;
  EXPECT_TRUE(plain.findings.empty());
}

TEST_F(ExplorerTest, ASoundLockThatBelievesWhatIsYoungIsNotAccused) {
  Explore(GuardedAgeingLock());
  std::vector<Search> searches;
  absl::StatusOr<std::vector<Search>> states = explorer_->CrashStates();
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_FALSE(states->empty());
  searches = *std::move(states);
  for (const InitialState& state : InitialStates("lock")) {
    for (const Search::Faults faults :
         {Search::Faults::kNone, Search::Faults::kCrashes,
          Search::Faults::kFailures}) {
      searches.emplace_back();
      searches.back().initial = state;
      searches.back().faults = faults;
    }
  }
  for (Search& search : searches) {
    search.cycles = {1, 1};
    search.max_preemptions = 1;
    const SearchResult searched = Run(search);
    for (const Finding& finding : searched.findings) {
      ADD_FAILURE() << finding.message << "\n" << finding.timeline;
    }
    EXPECT_TRUE(searched.complete) << searched.why;
  }
}

TEST_F(ExplorerTest, AnErrorThatIsTakenForARefusalIsFound) {
  Explore(RefusesForErrors());
  Search search = Of({1, 1});
  search.faults = Search::Faults::kFailures;
  search.max_preemptions = 0;
  const Finding finding = Found(Violation::kRefusedByError, Run(search));
  EXPECT_THAT(finding.message, HasSubstr("in which flock(2) fails with E"));
  EXPECT_THAT(finding.schedule.ToString(), HasSubstr("?E"));
  // Its errors are told.
  Exploration explored;
  explorer_->Account(explored);
  EXPECT_EQ(explored.errors["flock"].count("ENOSYS"), 1);
  EXPECT_EQ(explored.errors["flock"].count("EWOULDBLOCK"), 0);
}

TEST_F(ExplorerTest, WhatIsNoAnswerIsBounded) {
  for (const bool without_end : {false, true}) {
    Explore(Babbling(without_end), true, false, absl::Seconds(1));
    const SearchResult searched = Run(Of({1, 1}));
    ASSERT_FALSE(searched.findings.empty()) << searched.why;
    EXPECT_EQ(searched.findings.front().violation,
              Name(without_end ? Violation::kNonsense : Violation::kHung));
    EXPECT_LT(searched.findings.front().message.size(), 10'000);
  }
}

TEST_F(ExplorerTest, AStrangersPidIsRefused) {
  ExplorerOptions options;
  options.source = SaysAnotherPid();
  options.tracing.directory = directory_;
  const absl::Status refused = Explorer::Create(options).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("says that process 1 locks"));
}

TEST_F(ExplorerTest, AFailureThatIsTakenForSuccessIsFound) {
  Explore(BelievesInterrupted());
  const SearchResult searched = Run(With(Search::Faults::kFailures));
  ASSERT_FALSE(searched.findings.empty());
  const Finding& finding = searched.findings.front();
  EXPECT_EQ(finding.violation, Name(Violation::kTwoHold));
  EXPECT_THAT(finding.schedule.ToString(), HasSubstr("?EINTR"));
  EXPECT_THAT(finding.timeline, HasSubstr("EINTR (injected)"));
  for (const ContenderSource& source : {PlainLock(), RecordingLock()}) {
    Explore(source);
    const SearchResult honest = Run(With(Search::Faults::kFailures));
    EXPECT_TRUE(honest.complete) << honest.why;
    EXPECT_TRUE(honest.findings.empty());
  }
}

TEST_F(ExplorerTest, WhatFailsWithoutFaultsIsNotBlamedOnThem) {
  Explore(NeverReleased(), /*copies=*/false, /*separate_commands=*/true);
  for (const Search::Faults faults :
       {Search::Faults::kCrashes, Search::Faults::kFailures}) {
    const SearchResult searched = Run(With(faults));
    EXPECT_TRUE(searched.findings.empty());
    EXPECT_FALSE(searched.complete);
    EXPECT_THAT(searched.why, HasSubstr("without faults"));
  }
  EXPECT_FALSE(Run(Of({1, 1})).findings.empty());
}

// Where nobody else looks for it.
TEST_F(ExplorerTest, WhatFailsWithoutFaultsIsAFindingIfAskedFor) {
  Explore(UnlinkingLock());
  Search search = With(Search::Faults::kCrashes);
  search.cycles = {2, 1};
  SearchLimits limits;
  limits.faultless = true;
  const SearchResult searched = Run(search, limits);
  ASSERT_FALSE(searched.findings.empty());
  const Finding& finding = searched.findings.back();
  EXPECT_EQ(finding.violation, Name(Violation::kTwoHold));
  EXPECT_THAT(finding.schedule.ToString(), Not(HasSubstr("!kill")));
  EXPECT_EQ(Play(finding.schedule).outcome.violation, Violation::kTwoHold);
}

TEST_F(ExplorerTest, WhatEachLostRaceLeavesOpenIsALeak) {
  constexpr size_t kAll = 1'000;
  Explore(KeepsWhenRefused(kAll));
  const SearchResult searched = Run(Of({1, 1}));
  const Finding finding = Found(Violation::kLeaked, searched);
  EXPECT_THAT(finding.message,
              HasSubstr("5 descriptors of the folder open at the end, and 0"));
  Explore(KeepsWhenRefused(kAll));
  EXPECT_EQ(Play(finding.schedule).outcome.violation, Violation::kLeaked);
}

TEST_F(ExplorerTest, WhatIsKeptOpenAndUsedAgainIsNone) {
  for (const size_t kept : {1, 4, 20}) {
    Explore(KeepsWhenRefused(kept));
    for (const std::vector<int>& cycles :
         {std::vector<int>{1, 1}, std::vector<int>{2, 2}}) {
      const SearchResult searched = Run(Of(cycles));
      EXPECT_TRUE(searched.complete) << searched.why;
      EXPECT_TRUE(searched.findings.empty())
          << searched.findings.front().timeline;
    }
  }
}

TEST_F(ExplorerTest, ALeakIsFoundAndReplayedByAnother) {
  Explore(LeakingLock());
  const SearchResult searched = Run(With(Search::Faults::kFailures));
  ASSERT_FALSE(searched.findings.empty());
  const Finding& finding = searched.findings.front();
  EXPECT_EQ(finding.violation, Name(Violation::kLeaked));
  Explore(LeakingLock());
  EXPECT_EQ(Play(finding.schedule).outcome.violation, Violation::kLeaked);
}

// One acquires when it is warmed up, when it is its turn, and at the end.
TEST_F(ExplorerTest, AReplayIsInNewContenders) {
  Explore(WornOutLock());
  Schedule schedule;
  schedule.cycles = {1, 1};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Play(schedule).outcome.violation, Violation::kNone);
  }
}

TEST_F(ExplorerTest, WhoWaitsUnseenIsNotAccused) {
  Explore(UnseenWait(), /*copies=*/true, /*separate_commands=*/false,
          absl::Seconds(1));
  Search search = Of({1, 1});
  search.waits = true;
  SearchResult searched = Run(search);
  EXPECT_FALSE(searched.complete);
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_THAT(searched.why, HasSubstr("waits for the lock where it isn't "
                                      "seen to wait"));
  EXPECT_GT(searched.took, absl::ZeroDuration());
  // The others needn't come to that to know.
  const SearchResult other = Run(search);
  EXPECT_FALSE(other.complete);
  EXPECT_EQ(other.why, searched.why);
  EXPECT_EQ(other.statistics.schedules, 0);
  // One that is to try only must not wait.
  search.waits = false;
  searched = Run(search);
  ASSERT_FALSE(searched.findings.empty());
  EXPECT_EQ(searched.findings.front().violation, Name(Violation::kHung));
}

TEST_F(ExplorerTest, AHangAtALaterStartIsFound) {
  const TempFolder elsewhere;
  const std::string silent = elsewhere.path() + "/silent";
  Explore(SilentWhere(silent), /*copies=*/false, /*separate_commands=*/false,
          absl::Seconds(1));
  std::ofstream(silent).close();
  Search search = Of({1});
  search.fresh = true;
  const SearchResult searched = Run(search);
  ASSERT_EQ(searched.findings.size(), 1);
  EXPECT_EQ(searched.findings.front().violation, Name(Violation::kHung));
  EXPECT_THAT(searched.findings.front().message, HasSubstr("contender a"));
}

TEST_F(ExplorerTest, AScheduleThatTakesLongIsGivenUpAtTheEnd) {
  Explore(DawdlingLock());
  Search search = Of({1, 1});
  search.waits = true;
  search.initial = InitialStates("lock")[1];
  ASSERT_EQ(search.initial.name, "leftover");
  SearchLimits limits;
  limits.end = MonotonicNow();
  conformance::explorer::OngoingSearch run = Explorer::Begin(search, limits);
  const absl::StatusOr<Onward> onward = explorer_->Continue(run, limits.end);
  ASSERT_TRUE(onward.ok()) << onward.status();
  EXPECT_EQ(run.searched.statistics.abandoned, 1);
  EXPECT_TRUE(run.searched.findings.empty());
  EXPECT_FALSE(run.searched.complete);
}

// It is neither told as a finding, nor forgotten.
TEST_F(ExplorerTest, AViolationThatThereIsNoTimeToShowAgainIsSaid) {
  Explore(ShowsItOnce(), /*copies=*/true, /*separate_commands=*/false,
          absl::Minutes(10), MonotonicNow() + absl::Seconds(3));
  const SearchResult searched = Run(Of({1, 1}));
  EXPECT_EQ(::rmdir((directory_ + ".seen").c_str()), 0);
  EXPECT_TRUE(explorer_->time_is_up());
  EXPECT_FALSE(searched.complete);
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_THAT(searched.why,
              HasSubstr("couldn't be shown again in the time: v1 contenders"));
}

TEST_F(ExplorerTest, PollingIsSearchedWhole) {
  Explore(PollingLock());
  Search search = Of({1, 1});
  search.waits = true;
  const SearchResult searched = Run(search);
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_TRUE(searched.findings.empty());
}

TEST_F(ExplorerTest, AFileThatNobodyHasMakesPollersHang) {
  Explore(PollingLock());
  Search search = Of({1, 1});
  search.waits = true;
  search.initial = InitialStates("lock")[1];
  ASSERT_EQ(search.initial.name, "leftover");
  const SearchResult searched = Run(search);
  ASSERT_FALSE(searched.findings.empty());
  EXPECT_EQ(searched.findings.front().violation, Name(Violation::kHung));
}

TEST_F(ExplorerTest, GoesOnWhereItsTimeWasUp) {
  Explore(PlainLock());
  const SearchResult whole = Run(Of({2, 2}));
  conformance::explorer::OngoingSearch run = Explorer::Begin(Of({2, 2}), {});
  int rounds = 0;
  for (; !run.over && rounds < 100'000; ++rounds) {
    // The time is up after each execution.
    ASSERT_TRUE(explorer_->Continue(run, absl::ZeroDuration()).ok());
    EXPECT_EQ(run.over, run.searched.complete);
  }
  EXPECT_GT(rounds, 10);
  EXPECT_TRUE(run.searched.complete);
  EXPECT_EQ(run.searched.fingerprint, whole.fingerprint);
  EXPECT_EQ(run.searched.statistics.schedules, whole.statistics.schedules);
}

// A contender that waits in the kernel, for a file system that doesn't answer,
// isn't to blame for it.
TEST_F(ExplorerTest, OneThatCantBeKilledIsNotAccused) {
  Explore(PlainLock(), /*copies=*/false, /*separate_commands=*/false,
          absl::Seconds(1));
  unkillable_ = true;
  const SearchResult searched = Run(With(Search::Faults::kCrashes));
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_FALSE(searched.complete);
  EXPECT_THAT(searched.why, HasSubstr("was killed and hasn't ended in 1s"));
  // It isn't waited for again.
  const absl::Duration begun = MonotonicNow();
  EXPECT_EQ(Run(Of({1, 1})).why, searched.why);
  EXPECT_LT(MonotonicNow() - begun, absl::Seconds(1));
}

TEST_F(ExplorerTest, OneTooManyThatCantBeKilledIsNoError) {
  Explore(PlainLock(), /*copies=*/false, /*separate_commands=*/false,
          absl::Seconds(1));
  EXPECT_TRUE(Run(Of({1, 1})).complete);
  unkillable_ = true;
  const SearchResult searched = Run(Of({1}));
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_FALSE(searched.complete);
  EXPECT_THAT(searched.why, HasSubstr("was killed and hasn't ended in 1s"));
}

// Work that is done early, before a command's first visible call, must not be
// the lock itself.
TEST_F(ExplorerTest, ALockThatCantBeSeenIsNotAccused) {
  Explore(UnseenLock());
  conformance::explorer::OngoingSearch run = Explorer::Begin(Of({2, 1}), {});
  const absl::StatusOr<Onward> onward =
      explorer_->Continue(run, absl::InfiniteDuration());
  ASSERT_TRUE(onward.ok()) << onward.status();
  EXPECT_EQ(*onward, Onward::kAgain);
  EXPECT_THAT(explorer_->again_because(),
              HasSubstr("without a call that can be seen"));
  Explore(UnseenLock(), /*copies=*/false, /*separate_commands=*/true);
  const SearchResult searched = Run(Of({2, 1}));
  EXPECT_TRUE(searched.complete) << searched.why;
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_GT(searched.statistics.schedules, 5);
  // And one that is wrong is still found out.
  Explore(NeverReleased(), /*copies=*/false, /*separate_commands=*/true);
  const SearchResult never = Run(Of({1, 1}));
  ASSERT_FALSE(never.findings.empty());
  const Schedule& schedule = never.findings.front().schedule;
  EXPECT_THAT(schedule.ToString(), HasSubstr("commands=late"));
  EXPECT_NE(Play(schedule).outcome.violation, Violation::kNone);
}

TEST_F(ExplorerTest, AScheduleOfAnotherLockSaysSo) {
  Schedule schedule =
      *Schedule::Parse("v1 contenders=2 cycles=1,1 initial=empty steps=a3 b30");
  Explore(ExclusiveCreate());
  EXPECT_THAT(Play(schedule).divergence, HasSubstr("this implementation?"));
  schedule.initial = "no-such";
  EXPECT_EQ(explorer_->Play(schedule).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ExplorerTest, CountsWhatItSaw) {
  Explore(PlainLock());
  Run(Of({1, 1}));
  Exploration explored;
  explorer_->Account(explored);
  EXPECT_GT(explored.calls["flock"], 10);
  EXPECT_GT(explored.calls["openat"] + explored.calls["open"], 10);
  EXPECT_GE(explored.starts, 2);
  EXPECT_GT(explored.stops, 100);
}

}  // namespace
}  // namespace conformance::explorer
