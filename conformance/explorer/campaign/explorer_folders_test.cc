// An explorer's lessons: folders that crashes leave, names, copies.

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/explorer_testing.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/testing/test_locks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

TEST_F(ExplorerTest, CrashesLeaveStatesToBeginWith) {
  Explore(LinkingLock());
  absl::StatusOr<std::vector<Search>> states = explorer_->CrashStates();
  ASSERT_TRUE(states.ok()) << states.status();
  // Its own file alone, and both. The lock's alone is a usual one.
  std::vector<std::string> left;
  for (const Search& state : *states) {
    std::string names;
    for (const Entry& entry : state.initial.entries) names += entry.name + " ";
    left.push_back(names);
  }
  EXPECT_THAT(left,
              testing::UnorderedElementsAre("lock.own ", "lock lock.own "));
  // A violation from there is a schedule that begins with that crash.
  for (Search& state : *states) {
    if (state.initial.entries.size() != 2) continue;
    state.cycles = {1, 1};
    const SearchResult searched = Run(state);
    ASSERT_FALSE(searched.findings.empty());
    const Schedule& schedule = searched.findings.front().schedule;
    EXPECT_EQ(schedule.initial, "empty");
    EXPECT_THAT(schedule.ToString(), HasSubstr("a!kill"));
    EXPECT_NE(Play(schedule).outcome.violation, Violation::kNone);
  }
  Explore(PlainLock());
  states = explorer_->CrashStates();
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_TRUE(states->empty());
}

TEST_F(ExplorerTest, FindingsShowInANewFolder) {
  // A mark that one who was killed has left beside the folder is no part of
  // another schedule.
  const std::string mark = directory_ + ".mark";
  Explore(MarksBesideFolder());
  EXPECT_TRUE(Run(Of({1})).complete);
  ASSERT_TRUE(std::ofstream(mark).is_open());
  const SearchResult searched = Run(Of({1}));
  ::unlink(mark.c_str());
  EXPECT_TRUE(searched.findings.empty());
  EXPECT_FALSE(searched.complete);
  EXPECT_THAT(searched.why, HasSubstr("didn't show again"));
  EXPECT_TRUE(Run(Of({1})).complete);
}

TEST_F(ExplorerTest, FilesAreOldByAnyTimeOfTheirs) {
  for (const Age by :
       {Age::kModified, Age::kChanged, Age::kChangedByStatx, Age::kBorn}) {
    Explore(AgeingLock(by));
    absl::StatusOr<std::vector<Search>> states = explorer_->CrashStates();
    ASSERT_TRUE(states.ok()) << states.status();
    ASSERT_EQ(states->size(), 4);
    Search& old = (*states)[2];
    EXPECT_TRUE(old.ages);
    old.cycles = {1, 1};
    const SearchResult searched = Run(old);
    EXPECT_TRUE(Found(Violation::kTwoHold, searched).replayed);
  }
}

TEST_F(ExplorerTest, WhatACrashLeftGetsOldWhereThatMatters) {
  Explore(AgeingLock(Age::kModified));
  absl::StatusOr<std::vector<Search>> states = explorer_->CrashStates();
  ASSERT_TRUE(states.ok()) << states.status();
  // From an empty folder, and from a file left over; then both a year later.
  ASSERT_EQ(states->size(), 4);
  Search& young = (*states)[0];
  Search& old = (*states)[2];
  EXPECT_FALSE(young.ages);
  EXPECT_TRUE(old.ages);
  EXPECT_THAT(old.DescribeFolder(), HasSubstr("left by a crash a year ago"));
  young.cycles = old.cycles = {1, 1};
  // Both see that it is old, and one removes the other's.
  const SearchResult searched = Run(old);
  const Finding finding = Found(Violation::kTwoHold, searched);
  EXPECT_THAT(finding.schedule.ToString(), HasSubstr(" crashes=old "));
  EXPECT_THAT(finding.timeline, HasSubstr("SIGKILL, and a year passes"));
  // An error counts, too, though the schedule has a crash in it: nobody else
  // had begun by then.
  SearchLimits limits;
  limits.keep_going = true;
  bool failed = false;
  for (const Finding& other : Run(old, limits).findings) {
    failed |= other.violation == Name(Violation::kReleaseFailed);
    EXPECT_TRUE(other.replayed);
  }
  EXPECT_TRUE(failed);
  // A lock that isn't old is never removed.
  // And to be refused until then is no violation.
  const SearchResult refused = Run(young);
  EXPECT_TRUE(refused.complete) << refused.why;
  EXPECT_TRUE(refused.findings.empty());
}

TEST_F(ExplorerTest, NamesThatAreMadeUpAnewAreOneStepOfTheSearch) {
  Explore(MadeUpNameLock());
  const SearchResult unknown = Run(Of({1, 1}));
  EXPECT_FALSE(unknown.complete);
  EXPECT_THAT(unknown.why, HasSubstr("it isn't deterministic"));
  ASSERT_TRUE(explorer_->LearnNames(Search().initial).ok());
  for (const std::vector<int>& cycles :
       {std::vector<int>{1, 1}, std::vector<int>{2, 1}}) {
    const SearchResult searched = Run(Of(cycles));
    EXPECT_TRUE(searched.complete) << searched.why;
    EXPECT_TRUE(searched.findings.empty());
    EXPECT_GT(searched.statistics.schedules, 3);
  }
}

TEST_F(ExplorerTest, TheSameSearchIsTheSameTenTimesOfTen) {
  Search random = Of({2, 2});
  random.order = Search::Order::kRandom;
  random.seed = 7;
  Search pct = random;
  pct.order = Search::Order::kPct;
  SearchLimits limits;
  limits.executions = 50;
  std::vector<uint64_t> first;
  for (int i = 0; i < 10; ++i) {
    Explore(PlainLock());
    const std::vector<uint64_t> prints = {Run(Of({2, 1})).fingerprint,
                                          Run(random, limits).fingerprint,
                                          Run(pct, limits).fingerprint};
    if (first.empty()) first = prints;
    EXPECT_EQ(prints, first);
  }
  random.seed = 8;
  EXPECT_NE(Run(random, limits).fingerprint, first[1]);
}

TEST_F(ExplorerTest, CopiesDoTheSameAsThoseThatWereStarted) {
  std::vector<Search> searches = {Of({2, 1}), With(Search::Faults::kCrashes)};
  searches.push_back(Of({1, 1}));
  searches.back().fresh = true;
  for (const ContenderSource& source : {PlainLock(), RecordingLock()}) {
    std::vector<std::vector<uint64_t>> prints(2);
    for (const bool copies : {false, true}) {
      Explore(source, copies);
      for (const Search& search : searches) {
        const SearchResult searched = Run(search);
        EXPECT_TRUE(searched.complete) << searched.why;
        prints[copies ? 1 : 0].push_back(searched.fingerprint);
      }
    }
    EXPECT_EQ(prints[0], prints[1]);
  }
}

TEST_F(ExplorerTest, SearchesOfNewProcessesAndOfKeptOnesMayAlternate) {
  Search fresh = Of({1, 1});
  fresh.fresh = true;
  Search kept = Of({1, 1});
  for (const bool copies : {false, true}) {
    Explore(LooksAtFirst(), copies);
    SearchLimits limits;
    limits.end = absl::InfiniteDuration();
    conformance::explorer::OngoingSearch first = Explorer::Begin(fresh, limits);
    conformance::explorer::OngoingSearch second = Explorer::Begin(kept, limits);
    // In turns, as a campaign does.
    for (int64_t executions = 1; !first.over || !second.over; ++executions) {
      for (conformance::explorer::OngoingSearch* run : {&first, &second}) {
        if (run->over) continue;
        const absl::StatusOr<Onward> onward =
            explorer_->Continue(*run, limits.end, executions);
        ASSERT_TRUE(onward.ok()) << onward.status();
      }
    }
    for (const conformance::explorer::OngoingSearch* run : {&first, &second}) {
      EXPECT_TRUE(run->searched.complete) << run->searched.why;
      EXPECT_EQ(run->searched.statistics.diverged, 0);
    }
  }
}

TEST_F(ExplorerTest, ContendersThatCantBeCopiedAreStarted) {
  for (const ContenderSource& source : {ThreadedLock(), ForkedLock()}) {
    Explore(source);
    Search search = Of({1, 1});
    search.fresh = true;
    const SearchResult searched = Run(search);
    EXPECT_TRUE(searched.complete) << searched.why;
    EXPECT_TRUE(searched.findings.empty());
  }
}

}  // namespace
}  // namespace conformance::explorer
