// Executions in which a contender is killed, and what survives of it.

#include <errno.h>
#include <signal.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/execution_testing.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/testing/test_locks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ExecutionTest, ACrashWhileHoldingRefusesForEver) {
  Create(ExclusiveCreate(), {1, 1});
  EXPECT_EQ(Run(ByHand({Fault(0, Step::Kind::kCrashAfter)})).violation,
            Violation::kNeverFree);
  EXPECT_EQ(
      Run(ByHand({Plain(0), Fault(0, Step::Kind::kCrashBefore)})).violation,
      Violation::kNeverFree);
  // Before it has made anything, it does no harm.
  EXPECT_EQ(Run(ByHand({Fault(0, Step::Kind::kCrashBefore)})).violation,
            Violation::kNone);
  // Nobody is left to try: somebody new is asked at the end.
  EXPECT_EQ(Run(ByHand({Plain(1), Plain(1), Plain(1),
                        Fault(0, Step::Kind::kCrashAfter)}))
                .violation,
            Violation::kNeverFree);
}

TEST_F(ExecutionTest, ACrashOrAFailureAnywhereHarmsNoGoodLock) {
  options_.crashes = true;
  options_.failures = true;
  for (const ContenderSource& source :
       {PlainLock(), BlockingLock(), ForkedLock()}) {
    Create(source, {1, 1});
    const Count count = RunAll();
    EXPECT_TRUE(count.violations.empty()) << count.first;
    EXPECT_GT(count.schedules, 100);
  }
}

// The child of a killed contender takes its turns as its contender did: it
// stands before its exit, which frees the lock.
TEST_F(ExecutionTest, WhatSurvivesACrashGoesOn) {
  Create(ForkedLock(), {1, 1});
  // b is refused while the child is about to end, or gets the lock after that.
  for (const bool child_first : {false, true}) {
    SCOPED_TRACE(child_first);
    std::vector<Step> steps = {Plain(0), Fault(0, Step::Kind::kCrashAfter)};
    if (child_first) steps.push_back(Plain(0));
    for (int i = 0; i < 3; ++i) steps.push_back(Plain(1));
    ByHand schedule(steps);
    size_t taken = 0;
    const absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
        states_[0],
        [&](const std::vector<ActorState>& states) {
          if (taken == 2) {
            EXPECT_TRUE(states[0].enabled);
            EXPECT_TRUE(states[0].faults.empty());
          }
          return schedule(states);
        },
        [&](const Step& /*step*/, const Footprint& /*footprint*/) { ++taken; });
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->violation, Violation::kNone) << outcome->message;
    EXPECT_TRUE(outcome->complete);
    const std::string timeline = execution_->Format(*outcome);
    EXPECT_THAT(timeline, HasSubstr("SIGKILL, and its other processes live"));
    EXPECT_THAT(timeline, HasSubstr(child_first ? "acquired a" : "busy a"));
    EXPECT_THAT(timeline, HasSubstr("exit_group() = 0"));
  }
  // There is no second crash of what has crashed.
  EXPECT_EQ(HowItStops(ByHand({Plain(0), Fault(0, Step::Kind::kCrashAfter),
                               Fault(0, Step::Kind::kCrashBefore)})),
            Stopped::kImpossibleStep);
}

TEST_F(ExecutionTest, AChildThatOutlivesACrashIsFoundOut) {
  options_.crashes = true;
  for (const ContenderSource& source :
       {StubbornChild(), NappingChild(absl::Milliseconds(10)),
        OneNapChild(absl::Seconds(1000), /*by_poll=*/false),
        OneNapChild(absl::Seconds(1000), /*by_poll=*/true)}) {
    Create(source, {1, 1});
    // The child has the lock, and its parent is killed.
    const ExecutionOutcome outcome =
        Run(ByHand({Plain(0), Fault(0, Step::Kind::kCrashAfter), Plain(1)}));
    EXPECT_THAT(outcome.violation,
                AnyOf(Violation::kRefusedThoughFree, Violation::kNeverFree));
    EXPECT_THAT(outcome.message,
                HasSubstr("processes that a started have outlived it"));
  }
}

// The next one after the dead one is sent its own commands.
TEST_F(ExecutionTest, SurvivorsStealNoCommands) {
  options_.copies = true;
  Create(ReadingChild(), {1});
  for (int i = 0; i < 3; ++i) {
    const ExecutionOutcome outcome =
        Run(ByHand({Plain(0), Fault(0, Step::Kind::kCrashAfter)}));
    EXPECT_EQ(outcome.violation, Violation::kNeverFree);
    EXPECT_THAT(outcome.message, HasSubstr("answers busy a"));
  }
}

TEST_F(ExecutionTest, AChildThatLooksForItsParentIsNotAccused) {
  options_.separate_commands = true;
  for (const ContenderSource& source :
       {WatchfulChild(), TimedChild(),
        OneNapChild(absl::Milliseconds(900), /*by_poll=*/false),
        OneNapChild(absl::Milliseconds(900), /*by_poll=*/true)}) {
    Create(source, {1, 1});
    // The parent is killed when it has the lock, and its child has begun to
    // wait.
    const ExecutionOutcome outcome =
        Run(ByHand({Plain(0), Plain(0), Plain(0),
                    Fault(0, Step::Kind::kCrashBefore), Plain(1)}));
    EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
    EXPECT_TRUE(outcome.complete);
  }
}

// It stood before a call when its parent was killed, and doesn't make it.
TEST_F(ExecutionTest, AChildMayDieWithItsParent) {
  options_.crashes = true;
  Create(DoomedChild(), {1, 1});
  const ExecutionOutcome outcome =
      Run(ByHand({Fault(0, Step::Kind::kCrashBefore), Plain(1), Plain(1)}));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_THAT(execution_->Format(outcome),
              Not(HasSubstr("its other processes live on")));
  const Count count = RunAll();
  EXPECT_TRUE(count.violations.empty()) << count.first;
}

TEST_F(ExecutionTest, WhoWaitsCanBeKilledOrInterrupted) {
  options_.crashes = true;
  options_.failures = true;
  Create(BlockingLock(), {1, 1});
  for (const Step& fault : {Fault(1, Step::Kind::kCrashBefore),
                            Fault(1, Step::Kind::kFail, EINTR)}) {
    // b waits behind a.
    ByHand schedule({Plain(0), Plain(0), Plain(1), fault});
    bool offered = false;
    const absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
        states_[0],
        [&](const std::vector<ActorState>& states) {
          if (!states[1].enabled && !states[1].finished) {
            for (const Step& step : states[1].faults) {
              offered |= step.kind == fault.kind && step.error == fault.error;
              EXPECT_NE(step.kind, Step::Kind::kCrashAfter);
            }
          }
          return schedule(states);
        },
        [](const Step& /*step*/, const Footprint& /*footprint*/) {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_TRUE(offered);
    EXPECT_TRUE(outcome->complete);
    EXPECT_EQ(outcome->violation, Violation::kNone) << outcome->message;
  }
}

}  // namespace
}  // namespace conformance::explorer
