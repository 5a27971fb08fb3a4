// Tests of executions with small locks: by schedules made by hand, and by all
// there are.

#include "conformance/explorer/execution/execution.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/history.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// Steps of a and b, by their letters; then the first who can, and whoever has
// yielded only if nobody else can.
class ByHand {
 public:
  explicit ByHand(absl::string_view letters) {
    for (const char c : letters) {
      Step step;
      step.actor = c - 'a';
      steps_.push_back(step);
    }
  }
  explicit ByHand(std::vector<Step> steps) : steps_(std::move(steps)) {}

  std::optional<Step> operator()(const std::vector<ActorState>& states) {
    if (next_ < steps_.size()) return steps_[next_++];
    for (const bool also_yielded : {false, true}) {
      for (const ActorState& state : states) {
        if (!state.enabled || (state.yielded && !also_yielded)) continue;
        Step step;
        step.actor = state.actor;
        return step;
      }
    }
    return std::nullopt;
  }

 private:
  std::vector<Step> steps_;
  size_t next_ = 0;
};

// Every schedule, without any reduction.
class All {
 public:
  bool Next() {
    if (first_) {
      first_ = false;
      return true;
    }
    while (!path_.empty() && path_.back().at + 1 == path_.back().steps.size()) {
      path_.pop_back();
    }
    if (path_.empty()) return false;
    ++path_.back().at;
    depth_ = 0;
    return true;
  }
  std::optional<Step> Choose(const std::vector<ActorState>& states) {
    if (depth_ == path_.size()) {
      Choice choice;
      for (const ActorState& state : states) {
        if (!state.enabled) continue;
        Step step;
        step.actor = state.actor;
        choice.steps.push_back(step);
        // At most one of them in an execution.
        bool quiet = true;
        for (const Choice& before : path_) {
          quiet &= before.steps[before.at].kind == Step::Kind::kRun;
        }
        if (!quiet) continue;
        for (const Step& fault : state.faults) choice.steps.push_back(fault);
      }
      path_.push_back(choice);
    }
    const Choice& choice = path_[depth_++];
    return choice.steps[choice.at];
  }

 private:
  struct Choice {
    std::vector<Step> steps;
    size_t at = 0;
  };
  bool first_ = true;
  size_t depth_ = 0;
  std::vector<Choice> path_;
};

struct Count {
  int schedules = 0;
  int steps = 0;
  std::map<Violation, int> violations;
  std::string first;  // timeline of a violation
};

class ExecutionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(::testing::TempDir(), "/execution.XXXXXX");
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    options_.directory = name;
    states_ = InitialStates("lock");
  }

  void TearDown() override {
    execution_.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    EXPECT_TRUE(ResetFolder(options_.directory, {}).ok());
    ::rmdir(options_.directory.c_str());
  }

  void Create(const ContenderSource& source, const std::vector<int>& cycles) {
    execution_.reset();
    options_.source = source;
    options_.cycles = cycles;
    absl::StatusOr<std::unique_ptr<Execution>> execution =
        Execution::Create(options_);
    ASSERT_TRUE(execution.ok()) << execution.status();
    execution_ = *std::move(execution);
  }

  Outcome Run(ByHand schedule, int initial = 0) {
    if (execution_ == nullptr) return Outcome();  // that has failed already
    absl::StatusOr<Outcome> outcome = execution_->Run(
        states_[static_cast<size_t>(initial)],
        [&](const std::vector<ActorState>& states) { return schedule(states); },
        [](const Step& /*step*/, const Footprint& /*footprint*/) {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *std::move(outcome) : Outcome();
  }

  Count RunAll(int initial = 0) {
    Count count;
    All all;
    const absl::Duration start = MonotonicNow();
    while (all.Next()) {
      const absl::StatusOr<Outcome> outcome = execution_->Run(
          states_[static_cast<size_t>(initial)],
          [&](const std::vector<ActorState>& states) {
            return all.Choose(states);
          },
          [](const Step& /*step*/, const Footprint& /*footprint*/) {});
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      if (!outcome.ok()) break;
      ++count.schedules;
      count.steps += outcome->steps;
      if (outcome->violation == Violation::kNone) continue;
      ++count.violations[outcome->violation];
      if (count.first.empty()) count.first = execution_->Format(*outcome);
    }
    const double seconds = absl::ToDoubleSeconds(MonotonicNow() - start);
    std::printf("%d schedules, %.0f a second; %.0f steps a second; %d starts\n",
                count.schedules, count.schedules / seconds,
                count.steps / seconds, static_cast<int>(execution_->starts()));
    return count;
  }

  ExecutionOptions options_;
  std::vector<InitialState> states_;
  std::unique_ptr<Execution> execution_;
};

Step Fault(int actor, Step::Kind kind, int error = 0, int partial = -1) {
  Step step;
  step.actor = actor;
  step.kind = kind;
  step.error = error;
  step.partial = partial;
  return step;
}

Step Plain(int actor) { return Fault(actor, Step::Kind::kRun); }

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
    const Outcome outcome = Run(ByHand(kUnlinkRace));
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
  ByHand schedule("aabb");  // b would have to wait
  const absl::StatusOr<Outcome> outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return schedule(states); },
      [](const Step& /*step*/, const Footprint& /*footprint*/) {});
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kInvalidArgument);
  // And the next one is none the worse for it.
  EXPECT_TRUE(Run(ByHand("aab")).complete);
}

TEST_F(ExecutionTest, HoldingLastsUntilReleaseIsSent) {
  Create(UnlinkingLock(), {1, 1});
  absl::StatusOr<Outcome> outcome;
  std::vector<std::string> hold;
  ByHand schedule("aaaa");
  outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return schedule(states); },
      [&](const Step& step, const Footprint& footprint) {
        bool found = false;
        for (const Access& access : footprint.accesses) {
          found |= access.object == "hold" && access.write;
        }
        if (step.actor == 0) hold.emplace_back(found ? "hold" : "");
      });
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(hold, ::testing::ElementsAre("", "hold", "hold", ""));
}

TEST_F(ExecutionTest, ALeftOverFileRefusesForEver) {
  Create(ExclusiveCreate(), {1, 1});
  const Outcome outcome = Run(ByHand("a"), 1);
  EXPECT_EQ(outcome.violation, Violation::kNeverFree);
  EXPECT_THAT(outcome.message, HasSubstr("has become a year old"));
}

TEST_F(ExecutionTest, WhatIsFreeWhenItIsOldIsNotHeldForEver) {
  Create(AgeingLock(Age::kModified), {1, 1});
  // A crash while it holds, and a refusal: by what it has left, until that is
  // old.
  const Outcome outcome =
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
  options_.deadline = absl::Seconds(1);
  Create(HangsWhereGone(), {1, 1});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Run(ByHand("aabb")).violation, Violation::kTwoHold);
  }
  // After the first of them b only, and then both.
  EXPECT_EQ(execution_->starts(), 2 + 1 + 8 * 2);
}

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
    const absl::StatusOr<Outcome> outcome = execution_->Run(
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
  ByHand twice({Plain(0), Fault(0, Step::Kind::kCrashAfter),
                Fault(0, Step::Kind::kCrashBefore)});
  const absl::StatusOr<Outcome> outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return twice(states); },
      [](const Step& /*step*/, const Footprint& /*footprint*/) {});
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ExecutionTest, AChildThatOutlivesACrashIsFoundOut) {
  options_.crashes = true;
  for (const ContenderSource& source :
       {StubbornChild(), NappingChild(absl::Milliseconds(10)),
        OneNapChild(absl::Seconds(1000), /*by_poll=*/false),
        OneNapChild(absl::Seconds(1000), /*by_poll=*/true)}) {
    Create(source, {1, 1});
    // The child has the lock, and its parent is killed.
    const Outcome outcome =
        Run(ByHand({Plain(0), Fault(0, Step::Kind::kCrashAfter), Plain(1)}));
    EXPECT_THAT(outcome.violation,
                AnyOf(Violation::kRefusedThoughFree, Violation::kNeverFree));
    EXPECT_THAT(outcome.message,
                HasSubstr("processes that a started survived its crash"));
  }
}

// Whoever comes after the dead one is sent its own commands.
TEST_F(ExecutionTest, SurvivorsStealNoCommands) {
  options_.copies = true;
  Create(ReadingChild(), {1});
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome =
        Run(ByHand({Plain(0), Fault(0, Step::Kind::kCrashAfter)}));
    EXPECT_EQ(outcome.violation, Violation::kNeverFree);
    EXPECT_THAT(outcome.message, HasSubstr("answers busy a"));
  }
}

TEST_F(ExecutionTest, AChildThatLooksForItsParentIsNotAccused) {
  options_.late = true;
  for (const ContenderSource& source :
       {WatchfulChild(), TimedChild(),
        OneNapChild(absl::Milliseconds(900), /*by_poll=*/false),
        OneNapChild(absl::Milliseconds(900), /*by_poll=*/true)}) {
    Create(source, {1, 1});
    // The parent is killed when it has the lock, and its child has begun to
    // wait.
    const Outcome outcome =
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
  const Outcome outcome =
      Run(ByHand({Fault(0, Step::Kind::kCrashBefore), Plain(1), Plain(1)}));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_THAT(execution_->Format(outcome),
              Not(HasSubstr("its other processes live on")));
  const Count count = RunAll();
  EXPECT_TRUE(count.violations.empty()) << count.first;
}

// A release that is told to a helper, which holds something that isn't seen.
TEST_F(ExecutionTest, AReleaseWithoutVisibleCallsIsTold) {
  options_.needs_visible = true;
  Create(UnseenHelper(), {1});
  ByHand schedule("");
  const absl::StatusOr<Outcome> outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return schedule(states); },
      [](const Step& /*step*/, const Footprint& /*footprint*/) {});
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAborted)
      << outcome.status();
  // One whose helper frees the file is seen.
  Create(StubbornChild(), {1});
  EXPECT_TRUE(Run(ByHand("")).complete);
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
    const absl::StatusOr<Outcome> outcome = execution_->Run(
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

TEST_F(ExecutionTest, WhoNeverReleasesIsFoundOut) {
  Create(NeverReleased(), {1});
  EXPECT_EQ(Run(ByHand("")).violation, Violation::kNeverFree);
  Create(NeverReleased(), {1, 1});
  EXPECT_EQ(Run(ByHand("aaabb")).violation, Violation::kRefusedThoughFree);
}

TEST_F(ExecutionTest, AllWaitingIsADeadlock) {
  Create(NeverReleasedBlocking(), {1, 1});
  const Outcome outcome = Run(ByHand("aaab"));
  EXPECT_EQ(outcome.violation, Violation::kDeadlock);
  EXPECT_THAT(outcome.message, HasSubstr("b in flock(3, LOCK_EX)"));
}

TEST_F(ExecutionTest, PollingContendersYield) {
  options_.wait = absl::InfiniteDuration();
  Create(PollingLock(), {1, 1});
  const Outcome outcome = Run(ByHand("abbbbbbb"));
  EXPECT_EQ(outcome.violation, Violation::kNone);
  EXPECT_TRUE(outcome.complete);
}

TEST_F(ExecutionTest, DeathAndHangAreTold) {
  Create(DyingLock(), {1, 1});
  Outcome outcome = Run(ByHand("aaa"));
  EXPECT_EQ(outcome.violation, Violation::kDied);
  EXPECT_THAT(outcome.message, HasSubstr("exited with status 3"));
  options_.deadline = absl::Seconds(1);
  Create(HangingLock(), {1, 1});
  outcome = Run(ByHand("aa"));
  EXPECT_EQ(outcome.violation, Violation::kHung);
}

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
    const Outcome outcome = Run(ByHand("b"));
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
  const Outcome outcome = Run(ByHand("a"));
  EXPECT_EQ(outcome.violation, Violation::kNeverFree) << outcome.message;
}

TEST_F(ExecutionTest, WhatIsDoneAtTheEndIsSeen) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.directory + "/lock";
  Create(WithLastAct(PlainLock(), [lock] { ::unlink(lock.c_str()); }),
         {1, 1, 1});
  const Outcome outcome = Run(ByHand("bbaaaaacc"));
  EXPECT_EQ(outcome.violation, Violation::kTwoHold)
      << execution_->Format(outcome);
}

TEST_F(ExecutionTest, AnAbnormalDeathAtTheEndIsTold) {
  options_.ends = {NormalEnd::kDone};
  Create(WithLastAct(PlainLock(), [] { ::raise(SIGUSR1); }), {1, 1});
  const Outcome died = Run(ByHand(""));
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
  const Outcome outcome = Run(ByHand(""));
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
    if (::pipe(ends) != 0) return 1;
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
    const Outcome outcome = Run(ByHand(""));
    EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
    EXPECT_THAT(execution_->Format(outcome),
                HasSubstr("(it exited with status 0)"));
  }
}

TEST_F(ExecutionTest, WhatLivesOnAfterAnEndSurvivesIt) {
  options_.ends = {NormalEnd::kDone};
  options_.deadline = absl::Seconds(2);
  Create(WithLastAct(PlainLock(),
                     [] {
                       if (::fork() == 0) WaitForAnEnd();
                     }),
         {1, 1});
  const Outcome outcome = Run(ByHand(""));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_THAT(execution_->Format(outcome),
              HasSubstr("(it exited with status 0, and its other processes "
                        "live on)"));
}

// Others can ask whether it lives, from its last call to its exit.
TEST_F(ExecutionTest, AnExitIsAStep) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.directory + "/lock";
  Create(WithLastAct(PlainLock(), [lock] { ::unlink(lock.c_str()); }), {1, 1});
  EXPECT_THAT(execution_->Format(Run(ByHand("aaaaabba"))),
              ContainsRegex("unlink.*(.|\n)*flock.*(.|\n)*exit_group"));
}

TEST_F(ExecutionTest, AnEndMayTakeItsTime) {
  options_.ends = {NormalEnd::kDone};
  const std::string lock = options_.directory + "/lock";
  const auto look = [lock](int times) {
    return [lock, times] {
      for (int i = 0; times < 0 || i < times; ++i) {
        ::access(lock.c_str(), F_OK);
        ::usleep(100'000);
      }
    };
  };
  Create(WithLastAct(PlainLock(), look(300)), {1, 1});
  const Outcome outcome = Run(ByHand(""));
  EXPECT_EQ(outcome.violation, Violation::kNone) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  Create(WithLastAct(PlainLock(), look(-1)), {1, 1});
  ByHand schedule("");
  EXPECT_EQ(
      execution_
          ->Run(
              states_[0],
              [&](const std::vector<ActorState>& s) { return schedule(s); },
              [](const Step& /*step*/, const Footprint& /*footprint*/) {})
          .status()
          .code(),
      absl::StatusCode::kUnimplemented);
}

TEST_F(ExecutionTest, AnEndIsNoCallThatCouldFail) {
  options_.ends = {NormalEnd::kHolding};
  for (const Step::Kind kind : {Step::Kind::kCrashAfter, Step::Kind::kFail}) {
    Create(PlainLock(), {1, 1});
    ByHand schedule({Plain(0), Plain(0),
                     Fault(0, kind, kind == Step::Kind::kFail ? EIO : 0)});
    EXPECT_EQ(
        execution_
            ->Run(
                states_[0],
                [&](const std::vector<ActorState>& s) { return schedule(s); },
                [](const Step& /*step*/, const Footprint& /*footprint*/) {})
            .status()
            .code(),
        absl::StatusCode::kInvalidArgument);
  }
}

// What was found counts, though one of them then doesn't come to its end.
TEST_F(ExecutionTest, AViolationIsKeptThoughOneDoesNotEnd) {
  options_.ends = {NormalEnd::kNone, NormalEnd::kDone};
  options_.deadline = absl::Seconds(1);
  const std::string lock = options_.directory + "/lock";
  Create(WithLastAct(PlainLock(),
                     [lock] {
                       ::unlink(lock.c_str());
                       ::access(lock.c_str(), F_OK);
                       WaitForAnEnd();
                     }),
         {1, 1, 1});
  EXPECT_EQ(Run(ByHand("aabbbbbcc")).violation, Violation::kTwoHold);
}

// That is another requirement's business, and not known to be a fault of the
// lock.
TEST_F(ExecutionTest, WhoDoesNotEndIsNotAccused) {
  options_.ends = {NormalEnd::kDone};
  options_.deadline = absl::Seconds(1);
  Create(WithLastAct(PlainLock(), WaitForAnEnd), {1, 1});
  ByHand schedule("");
  const absl::StatusOr<Outcome> outcome = execution_->Run(
      states_[0],
      [&](const std::vector<ActorState>& states) { return schedule(states); },
      [](const Step& /*step*/, const Footprint& /*footprint*/) {});
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(ExecutionTest, GivenUpExecutionsCostNoStart) {
  Create(PlainLock(), {2, 2});
  for (size_t given_up_after = 0; given_up_after < 12; ++given_up_after) {
    ByHand schedule("");
    size_t steps = 0;
    const absl::StatusOr<Outcome> outcome = execution_->Run(
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
  const std::string directory = std::exchange(options_.directory, "/no/such");
  EXPECT_EQ(Execution::Create(options_).status().code(),
            absl::StatusCode::kUnavailable);
  options_.directory = directory;
}

}  // namespace
}  // namespace conformance::explorer
