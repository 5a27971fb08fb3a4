// Several processes that search together, and what is left when one is killed.

#include "conformance/explorer/campaign/workers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/process/proc.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

class WorkersTest : public testing::Test {
 protected:
  void TearDown() override {
    // Nothing is left of them.
    EXPECT_TRUE(fs::is_empty(scratch_));
  }

  WorkersOptions Options(const ContenderSource& source, int jobs) const {
    WorkersOptions options;
    options.scratch = scratch_;
    options.jobs = jobs;
    options.campaign.explorer.source = source;
    options.campaign.plan.cycles = {2, 1};
    options.campaign.budget = absl::InfiniteDuration();
    return options;
  }

  const TempFolder folder_;
  const std::string& scratch_ = folder_.path();
};

std::string Essence(const Exploration& explored) {
  std::string text;
  for (size_t i = 0; i < explored.searched.size(); ++i) {
    const SearchResult& searched = explored.searched[i];
    text += explored.searches[i] + explored.folders[i] + ": " +
            std::to_string(searched.statistics.schedules) + " " +
            std::to_string(searched.statistics.pruned) + " " +
            std::to_string(searched.fingerprint) + " " +
            std::to_string(searched.complete ? 1 : 0) + "\n";
  }
  return text;
}

TEST_F(WorkersTest, FindTheSameHoweverManyTheyAre) {
  std::string first;
  for (const int jobs : {1, 3}) {
    WorkersOptions options = Options(PlainLock(), jobs);
    options.campaign.plan.failures = false;
    const absl::StatusOr<Exploration> explored = RunWorkers(options);
    ASSERT_TRUE(explored.ok()) << explored.status();
    EXPECT_TRUE(explored->complete());
    EXPECT_TRUE(explored->Findings().empty());
    EXPECT_EQ(explored->jobs, jobs);
    if (first.empty()) first = Essence(*explored);
    EXPECT_EQ(Essence(*explored), first);
  }
}

TEST_F(WorkersTest, TellOfTheSameViolationHoweverManyTheyAre) {
  std::set<std::string> schedules;
  for (const int jobs : {1, 2, 3}) {
    WorkersOptions options = Options(UnlinkingLock(), jobs);
    options.campaign.plan.failures = options.campaign.plan.crashes = false;
    const absl::StatusOr<Exploration> explored = RunWorkers(options);
    ASSERT_TRUE(explored.ok()) << explored.status();
    std::string all;
    for (const Finding* finding : explored->Findings()) {
      all += finding->violation + " " + finding->schedule.ToString() + "\n";
    }
    schedules.insert(all);
  }
  EXPECT_EQ(schedules.size(), 1) << testing::PrintToString(schedules);
  EXPECT_THAT(*schedules.begin(), HasSubstr("two hold v1 contenders="));
}

TEST_F(WorkersTest, LookForWhatIsNearBeforeAllElse) {
  WorkersOptions options = Options(NoLock(), 1);
  options.campaign.stop_at_first = true;
  const absl::StatusOr<Exploration> explored = RunWorkers(options);
  ASSERT_TRUE(explored.ok()) << explored.status();
  ASSERT_EQ(explored->searched.size(), 1);
  EXPECT_EQ(
      explored->searches[0],
      "2 contenders, cycles 1,1: every interleaving with at most 1 preemption");
  ASSERT_FALSE(explored->searched[0].findings.empty());
  EXPECT_EQ(explored->searched[0].findings.back().violation, "two hold");
  // And not what a crash leaves, for which each execution needs a new one.
  EXPECT_LE(explored->starts, 20);
}

TEST_F(WorkersTest, WhatTheFirstLookFoundIsToldThoughItIsNotDone) {
  for (const int jobs : {1, 2}) {
    WorkersOptions options = Options(DyingLock(), jobs);
    options.campaign.stop_at_first = true;
    options.campaign.budget = absl::Microseconds(1);
    const absl::StatusOr<Exploration> explored = RunWorkers(options);
    ASSERT_TRUE(explored.ok()) << explored.status();
    ASSERT_FALSE(explored->searched.empty());
    const SearchResult& first = explored->searched[0];
    EXPECT_FALSE(first.complete);
    ASSERT_EQ(first.findings.size(), 1);
    EXPECT_EQ(first.findings[0].violation, "died");
    EXPECT_GE(first.violations, 1);
    EXPECT_EQ(first.why, "it has found a violation");
  }
}

TEST_F(WorkersTest, OneGoesOnAloneWithWhatCannotBeShared) {
  WorkersOptions options = Options(UnlikeElsewhere(), 3);
  options.campaign.plan.failures = false;
  options.campaign.plan.cycles = {1, 1};
  const absl::StatusOr<Exploration> explored = RunWorkers(options);
  ASSERT_TRUE(explored.ok()) << explored.status();
  EXPECT_LT(explored->jobs, 3);
  EXPECT_TRUE(explored->complete()) << Certificate(*explored);
  EXPECT_TRUE(explored->Findings().empty());
  EXPECT_EQ(::unlink((scratch_ + "/first").c_str()), 0);
}

TEST_F(WorkersTest, SayHowFarTheyAre) {
  WorkersOptions options = Options(PlainLock(), 2);
  int64_t most = 0;
  options.on_progress = [&](const CampaignProgress& progress) {
    EXPECT_GE(progress.schedules, 0);
    EXPECT_LE(progress.search, progress.searches);
    most = std::max(most, progress.schedules);
  };
  const absl::StatusOr<Exploration> explored = RunWorkers(options);
  ASSERT_TRUE(explored.ok()) << explored.status();
  EXPECT_GT(most, 0);
}

TEST_F(WorkersTest, SayWhyTheyCantBegin) {
  ContenderSource source;
  source.command = {"/no/such/program"};
  const absl::StatusOr<Exploration> explored = RunWorkers(Options(source, 2));
  EXPECT_EQ(explored.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(explored.status().message()),
              HasSubstr("/no/such/program: No such file"));
}

TEST_F(WorkersTest, BeginAgainCarefullyWhereALockCantBeSeen) {
  WorkersOptions options = Options(UnseenLock(), 2);
  options.campaign.plan.failures = false;
  const absl::StatusOr<Exploration> explored = RunWorkers(options);
  ASSERT_TRUE(explored.ok()) << explored.status();
  EXPECT_TRUE(explored->separate_commands);
  EXPECT_TRUE(explored->Findings().empty());
  EXPECT_THAT(Certificate(*explored),
              HasSubstr("without a call that can be seen"));
}

// ---- Killed ----

TEST_F(WorkersTest, OneThatIsKilledIsToldAndLeavesNothing) {
  WorkersOptions options = Options(PlainLock(), 1);
  std::vector<pid_t> contenders;
  options.on_progress = [&](const CampaignProgress& progress) {
    if (progress.schedules == 0 || !contenders.empty()) return;
    // The guard, the tracer, and then its contenders.
    const std::vector<pid_t> all = DescendantsOf(::getpid());
    ASSERT_GE(all.size(), 3);
    contenders.assign(all.begin() + 2, all.end());
    ::kill(all[1], SIGKILL);
  };
  const absl::StatusOr<Exploration> explored = RunWorkers(options);
  ASSERT_FALSE(contenders.empty()) << "it was over too soon";
  EXPECT_EQ(explored.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(explored.status().message()), HasSubstr("signal 9"));
  for (const pid_t pid : contenders) {
    EXPECT_NE(::kill(pid, 0), 0)
        << "contender " << pid << " outlives its tracer";
  }
}

TEST_F(WorkersTest, NothingIsLeftWhenAGuardIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t program = ::fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    WorkersOptions options = Options(PlainLock(), 2);
    options.on_progress = [&](const CampaignProgress& progress) {
      if (progress.schedules > 0 && ::write(ends[1], "x", 1) < 0) ::_exit(1);
    };
    ::_exit(RunWorkers(options).ok() ? 0 : 1);
  }
  ::close(ends[1]);
  char begun = 0;
  ASSERT_EQ(::read(ends[0], &begun, 1), 1);
  // The guards are its children.
  const std::vector<pid_t> guards = ChildrenOf(program);
  ASSERT_EQ(guards.size(), 2);
  for (const pid_t guard : guards) ::kill(guard, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(program, &status, 0), program);
  EXPECT_EQ(status, W_EXITCODE(1, 0));
  ::close(ends[0]);
}

TEST_F(WorkersTest, NothingIsLeftWhenTheWholeProgramIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t program = ::fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    WorkersOptions options = Options(PlainLock(), 2);
    options.on_progress = [&](const CampaignProgress& progress) {
      if (progress.schedules > 0 && ::write(ends[1], "x", 1) < 0) ::_exit(1);
    };
    RunWorkers(options).IgnoreError();
    ::_exit(0);
  }
  ::close(ends[1]);
  char begun = 0;
  ASSERT_EQ(::read(ends[0], &begun, 1), 1);
  const std::vector<pid_t> all = DescendantsOf(program);
  EXPECT_GE(all.size(), 4);
  ::kill(program, SIGKILL);
  ASSERT_EQ(::waitpid(program, nullptr, 0), program);
  for (const pid_t pid : all) {
    EXPECT_TRUE(AwaitEnd(pid, absl::InfiniteDuration()));
  }
  ::close(ends[0]);
}

}  // namespace
}  // namespace conformance::explorer
