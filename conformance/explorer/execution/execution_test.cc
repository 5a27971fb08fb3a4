// Executions of small locks: what is judged, and who is kept.

#include "conformance/explorer/execution/execution.h"

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/execution_testing.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/monotonic_now.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

TEST_F(ExecutionTest, AllSchedulesOfAPlainLockAreFine) {
  Create(PlainLock(), {2, 1});
  for (int initial = 0; initial < 4; ++initial) {
    EXPECT_TRUE(RunAll(initial).violations.empty());
  }
  // Both live on from one to the next.
  EXPECT_EQ(execution_->starts(), 2);
}

TEST_F(ExecutionTest, AllSchedulesOfOtherGoodLocksAreFine) {
  for (const ContenderSource& source :
       {BlockingLock(), RecordLock(), BlockingRecordLock(), ThreadedLock(),
        ForkedLock(), StubbornChild(), NappingChild(absl::Milliseconds(10)),
        DoomedChild(), RecordingLock()}) {
    Create(source, {1, 1});
    const Count count = RunAll();
    EXPECT_TRUE(count.violations.empty()) << count.first;
    EXPECT_EQ(execution_->starts(), 2);
  }
  Create(ExclusiveCreate(), {1, 1});
  EXPECT_TRUE(RunAll().violations.empty());
}

// a acquires, b opens, a unlinks and closes, b locks what is gone, a makes
// another.
constexpr absl::string_view kUnlinkRace = "aabaabaa";

TEST_F(ExecutionTest, TwoHoldAfterUnlinkOnReleaseEachTime) {
  Create(UnlinkingLock(), {2, 1});
  std::string first;
  for (int i = 0; i < 100; ++i) {
    const ExecutionOutcome outcome = Run(ByHand(kUnlinkRace));
    ASSERT_EQ(outcome.violation, Violation::kTwoHold);
    EXPECT_EQ(outcome.message,
              "contender a has acquired the lock, which contender b holds");
    EXPECT_EQ(outcome.steps, 8);
    const std::string timeline = execution_->Format(outcome);
    if (first.empty()) first = timeline;
    ASSERT_EQ(timeline, first);
  }
  // Of those that aren't copied only a is started anew, whose release fails
  // when the second file is gone, too.
  EXPECT_EQ(execution_->starts(), 2 + 99);
  EXPECT_THAT(first, HasSubstr("  < acquired a\n"));
  EXPECT_THAT(first, HasSubstr("*** two hold: contender a has acquired"));
  std::printf("%s", first.c_str());
}

TEST_F(ExecutionTest, AllSchedulesFindTwoHolders) {
  Create(UnlinkingLock(), {2, 1});
  const Count count = RunAll();
  EXPECT_GT(count.violations.count(Violation::kTwoHold), 0U);
}

TEST_F(ExecutionTest, AScheduleOfAnotherImplementationIsRefused) {
  Create(BlockingLock(), {1, 1});
  // b would have to wait
  EXPECT_EQ(HowItStops(ByHand("aabb")), Stopped::kImpossibleStep);
  // And the next one is none the worse for it.
  EXPECT_TRUE(Run(ByHand("aab")).complete);
}

TEST_F(ExecutionTest, StopsWhereOneWaitsUnseen) {
  options_.tracing.deadline = absl::Seconds(10);
  options_.wait = absl::InfiniteDuration();
  Create(UnseenWait(), {1, 1});
  const absl::Duration begun = MonotonicNow();
  const ExecutionOutcome outcome = RunToAnyEnd(ByHand("aabbbb"), 0);
  EXPECT_EQ(outcome.stopped, Stopped::kWaitsUnseen) << outcome.message;
  EXPECT_EQ(outcome.violation, Violation::kNone);
  EXPECT_THAT(outcome.message, HasSubstr("contender b waits"));
  // It is waited for once.
  EXPECT_LT(MonotonicNow() - begun, absl::Milliseconds(19500));
}

TEST_F(ExecutionTest, StopsWhenTheTimeIsUp) {
  options_.tracing.deadline = absl::Minutes(10);
  options_.tracing.end = MonotonicNow() + absl::Seconds(2);
  Create(UnseenWait(), {1, 1});
  const ExecutionOutcome outcome = RunToAnyEnd(ByHand("aabbbb"), 0);
  EXPECT_EQ(outcome.stopped, Stopped::kTimeIsUp) << outcome.message;
  EXPECT_EQ(outcome.violation, Violation::kNone);
}

TEST_F(ExecutionTest, ContendersThatNeverIntroduceThemselvesAreAnError) {
  options_.source = SilentWhere("/");
  options_.cycles = {1};
  options_.tracing.deadline = absl::Seconds(1);
  const absl::Status created = Execution::Create(options_).status();
  EXPECT_EQ(created.code(), absl::StatusCode::kDeadlineExceeded) << created;
  EXPECT_THAT(std::string(created.message()), HasSubstr("contender a"));
}

TEST_F(ExecutionTest, TheTimeMayBeUpBeforeTheFirstStart) {
  options_.tracing.end = MonotonicNow();
  Create(SilentWhere("/"), {1, 1});
  ASSERT_NE(execution_, nullptr);
  EXPECT_TRUE(execution_->time_is_up());
  const ExecutionOutcome outcome = RunToAnyEnd(ByHand("ab"), 0);
  EXPECT_EQ(outcome.stopped, Stopped::kTimeIsUp) << outcome.message;
  EXPECT_EQ(outcome.steps, 0);
}

TEST_F(ExecutionTest, OneThatHangsAtALaterStartNeverRests) {
  const TempFolder elsewhere;
  options_.fresh = true;
  options_.tracing.deadline = absl::Seconds(1);
  const std::string silent = elsewhere.path() + "/silent";
  Create(SilentWhere(silent), {1});
  ASSERT_NE(execution_, nullptr);
  std::ofstream(silent).close();
  EXPECT_FALSE(execution_->time_is_up());
  const ExecutionOutcome outcome = RunToAnyEnd(ByHand("a"), 0);
  EXPECT_EQ(outcome.stopped, Stopped::kNeverRests) << outcome.message;
  EXPECT_EQ(outcome.violation, Violation::kNone);
  EXPECT_THAT(outcome.message, HasSubstr("contender a"));
  EXPECT_FALSE(execution_->time_is_up());
}

TEST_F(ExecutionTest, HoldingLastsUntilReleaseIsSent) {
  Create(UnlinkingLock(), {1, 1});
  absl::StatusOr<ExecutionOutcome> outcome;
  std::vector<std::string> hold;
  ByHand schedule("aaaa");
  outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return schedule(states); },
      [&](const Step& step, const Footprint& footprint) {
        if (step.actor != 0) return;
        hold.emplace_back(footprint.Writes(Object::Hold()) ? "hold" : "");
      });
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(hold, ::testing::ElementsAre("", "hold", "hold", ""));
}

TEST_F(ExecutionTest, ALeftOverFileRefusesForEver) {
  Create(ExclusiveCreate(), {1, 1});
  const ExecutionOutcome outcome = Run(ByHand("a"), 1);
  EXPECT_EQ(outcome.violation, Violation::kNeverFree);
  EXPECT_THAT(outcome.message, HasSubstr("has become a year old"));
}

TEST_F(ExecutionTest, WhatIsFreeWhenItIsOldIsNotHeldForEver) {
  Create(AgeingLock(Age::kModified), {1, 1});
  // A crash while it holds, and a refusal: by what it has left, until that is
  // old.
  const ExecutionOutcome outcome =
      Run(ByHand({Fault(0, Step::Kind::kCrashAfter), Plain(1)}));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_TRUE(outcome.complete);
}

TEST_F(ExecutionTest, ARefusalByWhatIsNotInTheWayIsThoughFree) {
  Create(RefusesAtFirst(), {1, 1});
  // The file that is left over is no reason: one who asks again gets it.
  EXPECT_EQ(Run(ByHand("a"), 1).violation, Violation::kRefusedThoughFree);
}

TEST_F(ExecutionTest, WhoIsRefusedIsKept) {
  Create(ExclusiveCreate(), {2, 2});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Run(ByHand("b"), 1).violation, Violation::kNeverFree);
    EXPECT_EQ(Run(ByHand("aabb")).violation, Violation::kNone);
  }
  EXPECT_EQ(execution_->starts(), 2);
}

TEST_F(ExecutionTest, WhoDoesNotGetOverAViolationIsStartedAnew) {
  Create(NeverForgets(), {2, 2});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Run(ByHand("b"), 1).violation, Violation::kNeverFree);
    EXPECT_EQ(Run(ByHand("aaa")).violation, Violation::kNone);
  }
  EXPECT_EQ(execution_->starts(), 2 + 20 * 2);
}

TEST_F(ExecutionTest, WhoHangsAfterAViolationIsWaitedForOnce) {
  options_.tracing.deadline = absl::Seconds(1);
  Create(HangsWhereGone(), {1, 1});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Run(ByHand("aabb")).violation, Violation::kTwoHold);
  }
  // After the first of them b only, and then both.
  EXPECT_EQ(execution_->starts(), 2 + 1 + 8 * 2);
}

// A release that is told to a helper, which holds something that isn't seen.
TEST_F(ExecutionTest, AReleaseWithoutVisibleCallsIsTold) {
  options_.needs_visible = true;
  Create(UnseenHelper(), {1});
  EXPECT_EQ(HowItStops(ByHand("")), Stopped::kUnseenCall);
  // One whose helper frees the file is seen.
  Create(StubbornChild(), {1});
  EXPECT_TRUE(Run(ByHand("")).complete);
}

TEST_F(ExecutionTest, WhoNeverReleasesIsFoundOut) {
  Create(NeverReleased(), {1});
  EXPECT_EQ(Run(ByHand("")).violation, Violation::kNeverFree);
  Create(NeverReleased(), {1, 1});
  EXPECT_EQ(Run(ByHand("aaabb")).violation, Violation::kRefusedThoughFree);
}

TEST_F(ExecutionTest, AllWaitingIsADeadlock) {
  Create(NeverReleasedBlocking(), {1, 1});
  const ExecutionOutcome outcome = Run(ByHand("aaab"));
  EXPECT_EQ(outcome.violation, Violation::kDeadlock);
  EXPECT_THAT(outcome.message, HasSubstr("b in flock(3, LOCK_EX)"));
}

TEST_F(ExecutionTest, PollingContendersYield) {
  options_.wait = absl::InfiniteDuration();
  Create(PollingLock(), {1, 1});
  const ExecutionOutcome outcome = Run(ByHand("abbbbbbb"));
  EXPECT_EQ(outcome.violation, Violation::kNone);
  EXPECT_TRUE(outcome.complete);
}

TEST_F(ExecutionTest, DeathAndHangAreTold) {
  Create(DyingLock(), {1, 1});
  ExecutionOutcome outcome = Run(ByHand("aaa"));
  EXPECT_EQ(outcome.violation, Violation::kDied);
  EXPECT_THAT(outcome.message, HasSubstr("exited with status 3"));
  options_.tracing.deadline = absl::Seconds(1);
  Create(HangingLock(), {1, 1});
  outcome = Run(ByHand("aa"));
  EXPECT_EQ(outcome.violation, Violation::kHung);
}

TEST_F(ExecutionTest, GivenUpExecutionsCostNoStart) {
  Create(PlainLock(), {2, 2});
  for (size_t given_up_after = 0; given_up_after < 12; ++given_up_after) {
    ByHand schedule("");
    size_t steps = 0;
    const absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
        states_[0],
        [&](const std::vector<ActorState>& states) -> std::optional<Step> {
          if (steps++ == given_up_after) return std::nullopt;
          return schedule(states);
        },
        [](const Step& /*step*/, const Footprint& /*footprint*/) {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_FALSE(outcome->complete && steps <= given_up_after);
    EXPECT_EQ(outcome->violation, Violation::kNone);
  }
  EXPECT_EQ(execution_->starts(), 2);
}

TEST_F(ExecutionTest, MeasuresItsSpeed) {
  Create(PlainLock(), {2, 2});
  RunAll();
  options_.check_end = false;
  Create(PlainLock(), {2, 2});
  RunAll();
}

TEST_F(ExecutionTest, RefusesOptionsThatMakeNoSense) {
  options_.wait = absl::Seconds(1);
  options_.cycles = {1};
  EXPECT_EQ(Execution::Create(options_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.wait = absl::ZeroDuration();
  options_.cycles = {};
  EXPECT_EQ(Execution::Create(options_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.cycles = {1};
  const std::string directory =
      std::exchange(options_.tracing.directory, "/no/such");
  EXPECT_EQ(Execution::Create(options_).status().code(),
            absl::StatusCode::kUnavailable);
  options_.tracing.directory = directory;
}

}  // namespace
}  // namespace conformance::explorer
