// Executions in which a contender ends of its own accord.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/execution_testing.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/testing/test_locks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// --- Ends of their own accord

// Serves as the source does, and then does this.
ContenderSource WithLastAct(ContenderSource source,
                            const std::function<void()>& act) {
  source.main = [main = source.main, act] {
    const int status = main();
    act();
    return status;
  };
  return source;
}

TEST_F(ExecutionTest, AnEndHarmsNoGoodLock) {
  for (const NormalEnd end : {NormalEnd::kDone, NormalEnd::kHolding}) {
    options_.ends = {end};
    for (const ContenderSource& source :
         {PlainLock(), RecordLock(), ThreadedLock(), ForkedLock()}) {
      Create(source, {1, 1});
      const Count count = RunAll();
      EXPECT_GT(count.schedules, 10);
      EXPECT_TRUE(count.violations.empty()) << count.first;
    }
  }
}

TEST_F(ExecutionTest, AnEndIsOneInEachExecution) {
  options_.ends = {NormalEnd::kNone, NormalEnd::kDone};
  Create(PlainLock(), {1, 1});
  for (int i = 0; i < 2; ++i) {
    const ExecutionOutcome outcome = Run(ByHand("b"));
    EXPECT_TRUE(outcome.complete);
    EXPECT_THAT(execution_->Format(outcome),
                AllOf(HasSubstr("> (end of input)"),
                      HasSubstr("(it exited with status 0)")));
  }
  // After each b is started anew, to be asked at the end.
  EXPECT_EQ(execution_->starts(), 4);
}

TEST_F(ExecutionTest, AnEndWhileItHoldsLeavesWhatACrashDoes) {
  options_.ends = {NormalEnd::kHolding};
  Create(ExclusiveCreate(), {1, 1});
  const ExecutionOutcome outcome = Run(ByHand("a"));
  EXPECT_EQ(outcome.violation, Violation::kNeverFree) << outcome.message;
}

TEST_F(ExecutionTest, WhatIsDoneAtTheEndIsSeen) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.tracing.directory + "/lock";
  Create(WithLastAct(PlainLock(), [lock] { ::unlink(lock.c_str()); }),
         {1, 1, 1});
  const ExecutionOutcome outcome = Run(ByHand("bbaaaaacc"));
  EXPECT_EQ(outcome.violation, Violation::kTwoHold)
      << execution_->Format(outcome);
}

TEST_F(ExecutionTest, AnAbnormalDeathAtTheEndIsTold) {
  options_.ends = {NormalEnd::kDone};
  Create(WithLastAct(PlainLock(), [] { ::raise(SIGUSR1); }), {1, 1});
  const ExecutionOutcome died = Run(ByHand(""));
  EXPECT_EQ(died.violation, Violation::kDied);
  EXPECT_THAT(died.message, HasSubstr("at the end of its input"));
  Create(WithLastAct(PlainLock(), [] { std::exit(3); }), {1, 1});
  EXPECT_EQ(Run(ByHand("")).violation, Violation::kNone);
}

TEST_F(ExecutionTest, LastWordsAreNoAnswer) {
  options_.ends = {NormalEnd::kDone};
  Create(WithLastAct(PlainLock(),
                     [] {
                       if (::write(STDOUT_FILENO, "bye\n", 4) != 4) ::abort();
                     }),
         {1, 1});
  const ExecutionOutcome outcome = Run(ByHand(""));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_TRUE(outcome.complete);
}

// Relays what it reads to a child that serves as the source does, and then
// does this; the child is killed when the relay has ended.
ContenderSource Relayed(const ContenderSource& source,
                        const std::function<void()>& then) {
  ContenderSource relay = source;
  relay.main = [serve = source.main, then] {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return 1;
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[0], STDIN_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      serve();
      then();
      return 0;
    }
    ::close(ends[0]);
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1) {
      if (::write(ends[1], &c, 1) != 1) return 1;
    }
    return 0;
  };
  return relay;
}

void WaitForAnEnd() {
  for (;;) ::pause();
}

TEST_F(ExecutionTest, AHelperMayBeKilledAtTheEnd) {
  options_.ends = {NormalEnd::kDone};
  Create(Relayed(PlainLock(), WaitForAnEnd), {1, 1});
  for (int i = 0; i < 20; ++i) {
    const ExecutionOutcome outcome = Run(ByHand(""));
    EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
    EXPECT_THAT(execution_->Format(outcome),
                HasSubstr("(it exited with status 0)"));
  }
}

TEST_F(ExecutionTest, WhatLivesOnAfterAnEndSurvivesIt) {
  options_.ends = {NormalEnd::kDone};
  options_.tracing.deadline = absl::Seconds(2);
  Create(WithLastAct(PlainLock(),
                     [] {
                       if (::fork() == 0) WaitForAnEnd();
                     }),
         {1, 1});
  const ExecutionOutcome outcome = Run(ByHand(""));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_THAT(execution_->Format(outcome),
              HasSubstr("(it exited with status 0, and its other processes "
                        "live on)"));
}

// Others can ask whether it lives, from its last call to its exit.
TEST_F(ExecutionTest, AnExitIsAStep) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.tracing.directory + "/lock";
  Create(WithLastAct(PlainLock(), [lock] { ::unlink(lock.c_str()); }), {1, 1});
  EXPECT_THAT(execution_->Format(Run(ByHand("aaaaabba"))),
              ContainsRegex("unlink.*(.|\n)*flock.*(.|\n)*exit_group"));
}

TEST_F(ExecutionTest, AnEndMayTakeItsTime) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.tracing.directory + "/lock";
  const auto look = [lock](int times) {
    return [lock, times] {
      for (int i = 0; times < 0 || i < times; ++i) {
        static_cast<void>(::access(lock.c_str(), F_OK));
        ::usleep(100'000);
      }
    };
  };
  Create(WithLastAct(PlainLock(), look(300)), {1, 1});
  const ExecutionOutcome outcome = Run(ByHand(""));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  Create(WithLastAct(PlainLock(), look(-1)), {1, 1});
  EXPECT_EQ(HowItStops(ByHand("")), Stopped::kDoesNotEnd);
}

TEST_F(ExecutionTest, AnEndIsNoCallThatCouldFail) {
  options_.ends = {NormalEnd::kHolding};
  for (const Step::Kind kind : {Step::Kind::kCrashAfter, Step::Kind::kFail}) {
    Create(PlainLock(), {1, 1});
    EXPECT_EQ(HowItStops(ByHand(
                  {Plain(0), Plain(0),
                   Fault(0, kind, kind == Step::Kind::kFail ? EIO : 0)})),
              Stopped::kImpossibleStep);
  }
}

// A violation counts, though a contender then doesn't come to its end.
TEST_F(ExecutionTest, AViolationIsKeptThoughOneDoesNotEnd) {
  options_.ends = {NormalEnd::kNone, NormalEnd::kDone};
  options_.tracing.deadline = absl::Seconds(1);
  const std::string lock = options_.tracing.directory + "/lock";
  Create(WithLastAct(PlainLock(),
                     [lock] {
                       ::unlink(lock.c_str());
                       static_cast<void>(::access(lock.c_str(), F_OK));
                       WaitForAnEnd();
                     }),
         {1, 1, 1});
  EXPECT_EQ(Run(ByHand("aabbbbbcc")).violation, Violation::kTwoHold);
}

// That is another requirement's business, and not known to be a fault of the
// lock.
TEST_F(ExecutionTest, WhoDoesNotEndIsNotAccused) {
  options_.ends = {NormalEnd::kDone};
  options_.tracing.deadline = absl::Seconds(1);
  Create(WithLastAct(PlainLock(), WaitForAnEnd), {1, 1});
  const ExecutionOutcome outcome = RunToAnyEnd(ByHand(""), 0);
  EXPECT_EQ(outcome.stopped, Stopped::kDoesNotEnd);
  EXPECT_EQ(outcome.violation, Violation::kNone);
}

}  // namespace
}  // namespace conformance::explorer
