// Rulings on made-up executions of contenders a, b and c.

#include "conformance/explorer/execution/judgement.h"

#include <string>

#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Work = Judgement::Work;

class JudgementTest : public ::testing::Test {
 protected:
  void SetUp() override { Begin(); }

  void Begin(bool something_there = false) {
    judgement_.Begin(3, something_there);
  }
  void Asks(int who) { judgement_.Began(who, Work::kAcquire); }
  Violation Answers(int who, AnswerKind kind, absl::string_view line = "") {
    const Ruling ruling = judgement_.Answered(who, kind, line);
    message_ = ruling.message;
    return ruling.violation;
  }
  Violation Acquires(int who) {
    Asks(who);
    return Answers(who, AnswerKind::kAcquired);
  }
  Violation IsRefused(int who) {
    Asks(who);
    return Answers(who, AnswerKind::kBusy);
  }
  Violation Releases(int who) {
    judgement_.Began(who, Work::kRelease);
    return Answers(who, AnswerKind::kReleased);
  }

  Judgement judgement_;
  std::string message_;
};

TEST_F(JudgementTest, OneAfterTheOtherIsFine) {
  for (const int who : {0, 1, 0}) {
    EXPECT_EQ(Acquires(who), Violation::kNone);
    EXPECT_TRUE(judgement_.Holds(who));
    EXPECT_TRUE(judgement_.AnyHolds());
    EXPECT_EQ(Releases(who), Violation::kNone);
    EXPECT_FALSE(judgement_.AnyHolds());
    EXPECT_FALSE(judgement_.IsActive(who));
  }
}

TEST_F(JudgementTest, TwoHold) {
  EXPECT_EQ(Acquires(1), Violation::kNone);
  EXPECT_EQ(Acquires(2), Violation::kTwoHold);
  EXPECT_EQ(message_,
            "contender c has acquired the lock, which contender b holds");
}

TEST_F(JudgementTest, HoldingEndsWhereReleaseBegins) {
  Acquires(0);
  judgement_.Began(0, Work::kRelease);
  EXPECT_FALSE(judgement_.Holds(0));
  EXPECT_TRUE(judgement_.AnyHolds());  // nobody need have got on
  EXPECT_EQ(Acquires(1), Violation::kNone);
}

TEST_F(JudgementTest, ARefusalNeedsAReason) {
  EXPECT_EQ(IsRefused(0), Violation::kRefusedThoughFree);
  EXPECT_THAT(message_, HasSubstr("contender a is refused, and nobody held"));
}

TEST_F(JudgementTest, WhoeverIsActiveDuringAnAttemptIsAReason) {
  // A holder, even if it releases meanwhile;
  Acquires(0);
  Asks(1);
  Releases(0);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kNone);
  // another attempt that had begun, and is granted later;
  Begin();
  Asks(0);
  Asks(1);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(1, AnswerKind::kAcquired), Violation::kNone);
  // or dies in it;
  Begin();
  Asks(0);
  Asks(1);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  judgement_.Died(1, /*survived=*/false);
  EXPECT_EQ(IsRefused(2), Violation::kRefusedThoughFree);
  EXPECT_THAT(message_, HasSubstr("contender c"));
  // one that ends;
  Begin();
  judgement_.Began(2, Work::kEnd);
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  judgement_.Died(2, /*survived=*/false);
  EXPECT_EQ(IsRefused(0), Violation::kRefusedThoughFree);
  // and what survives a crash, until it rests.
  Begin();
  Asks(0);
  Acquires(2);
  judgement_.Died(2, /*survived=*/true);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  judgement_.SurvivorsRest(2);
  EXPECT_EQ(IsRefused(0), Violation::kRefusedThoughFree);
}

TEST_F(JudgementTest, AnAttemptThatIsRefusedAsWellIsNoReason) {
  Asks(0);
  Asks(1);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kRefusedThoughFree);
  EXPECT_THAT(message_, HasSubstr("contender b is refused"));
  EXPECT_THAT(message_, HasSubstr("others that asked were refused as well"));
  // Also if that has a reason itself.
  Begin();
  Asks(0);
  Asks(1);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Acquires(2), Violation::kNone);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kRefusedThoughFree);
  EXPECT_THAT(message_, HasSubstr("contender a is refused"));
  // Nor one of which the attempt has ended before the refusal.
  Begin();
  Asks(0);
  Asks(1);
  Asks(2);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(2, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kRefusedThoughFree);
}

TEST_F(JudgementTest, OneOfSeveralThatIsGrantedIsReasonEnough) {
  Asks(0);
  Asks(1);
  Asks(2);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(2, AnswerKind::kAcquired), Violation::kNone);
  EXPECT_EQ(Releases(2), Violation::kNone);
  EXPECT_EQ(Acquires(1), Violation::kNone);
}

TEST_F(JudgementTest, AnAttemptThatFailedMayHaveHadTheLock) {
  for (const AnswerKind answer : {AnswerKind::kBusy, AnswerKind::kError}) {
    for (const bool first : {false, true}) {
      Begin();
      Asks(0);
      Asks(1);
      judgement_.CallFailed(1, "");
      if (first) {
        EXPECT_EQ(Answers(1, answer, "error a no"), Violation::kNone);
      }
      EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
      if (!first) {
        EXPECT_EQ(Answers(1, answer, "error a no"), Violation::kNone);
      }
    }
  }
}

TEST_F(JudgementTest, SeveralMayClearUpAtOnce) {
  Begin(/*something_there=*/true);
  Asks(0);
  Asks(1);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_EQ(Answers(1, AnswerKind::kBusy), Violation::kNone);
}

TEST_F(JudgementTest, WhatIsOverIsNoReason) {
  Acquires(0);
  Releases(0);
  EXPECT_EQ(IsRefused(1), Violation::kRefusedThoughFree);
}

TEST_F(JudgementTest, AFailedCallExcusesARefusal) {
  Asks(0);
  judgement_.CallFailed(0, "");
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  // Not of the next attempt, which is judged by what comes of it: what the call
  // should have removed may be in the way of all.
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  EXPECT_EQ(judgement_.doubted(), 0);
  EXPECT_EQ(judgement_.AcquiredAtTheEnd(1).violation,
            Violation::kRefusedThoughFree);
}

TEST_F(JudgementTest, AnErrorThatSaysNothingOfOthersIsNoRefusal) {
  Asks(0);
  judgement_.CallFailed(0, "open(2) fails with EMFILE");
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kRefusedByError);
  EXPECT_THAT(message_, HasSubstr(", in which open(2) fails with EMFILE"));
  // But for one that may be refused by what it found.
  Begin(/*something_there=*/true);
  Asks(0);
  judgement_.CallFailed(0, "open(2) fails with EMFILE");
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
}

TEST_F(JudgementTest, AnErrorNeedsACause) {
  Asks(0);
  EXPECT_EQ(Answers(0, AnswerKind::kError,
                    "error a \x1b"
                    "no"),
            Violation::kAcquireFailed);
  EXPECT_THAT(message_, Not(HasSubstr("\x1b")));
  Acquires(1);
  judgement_.Began(1, Work::kRelease);
  EXPECT_EQ(Answers(1, AnswerKind::kError, "error a no"),
            Violation::kReleaseFailed);
  Asks(0);
  judgement_.CallFailed(0, "");
  EXPECT_TRUE(judgement_.fault());
  EXPECT_EQ(Answers(0, AnswerKind::kError, "error a no"), Violation::kNone);
}

TEST_F(JudgementTest, AReleaseThatFailedMayLeaveTheLockForGood) {
  Acquires(0);
  judgement_.Began(0, Work::kRelease);
  judgement_.CallFailed(0, "");
  EXPECT_EQ(Answers(0, AnswerKind::kError, "error a no"), Violation::kNone);
  EXPECT_TRUE(judgement_.MayHoldForGood(0));
  EXPECT_TRUE(judgement_.AnyMayHoldForGood());
  EXPECT_FALSE(judgement_.AnyHolds());
  // Another's attempt, and its own, may be refused for it.
  EXPECT_EQ(IsRefused(1), Violation::kNone);
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  judgement_.ReleasedAfterAll(0);
  EXPECT_FALSE(judgement_.AnyMayHoldForGood());
}

TEST_F(JudgementTest, ARefusalByWhatIsThereIsJudgedAtTheEnd) {
  Begin(/*something_there=*/true);
  EXPECT_EQ(judgement_.AcquiredAtTheEnd(1).violation, Violation::kNone);
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  EXPECT_TRUE(judgement_.doubts());
  EXPECT_EQ(judgement_.doubted(), 0);
  const Ruling ruling = judgement_.AcquiredAtTheEnd(1);
  EXPECT_EQ(ruling.violation, Violation::kRefusedThoughFree);
  EXPECT_THAT(ruling.message, HasSubstr("contender a was refused"));
  // Something has changed since.
  judgement_.Changed();
  EXPECT_EQ(judgement_.AcquiredAtTheEnd(1).violation, Violation::kNone);
}

TEST_F(JudgementTest, AnAttemptMayOnlyClearUp) {
  Begin(/*something_there=*/true);
  Asks(0);
  judgement_.ClearedUp(0);
  EXPECT_EQ(Answers(0, AnswerKind::kBusy), Violation::kNone);
  EXPECT_FALSE(judgement_.doubts());
  // Once only.
  EXPECT_EQ(IsRefused(0), Violation::kNone);
  EXPECT_TRUE(judgement_.doubts());
}

TEST_F(JudgementTest, WhatADeadOneLeftIsThere) {
  Acquires(0);
  judgement_.LeavesBehind(0);
  judgement_.Died(0, /*survived=*/false);
  EXPECT_FALSE(judgement_.Holds(0));
  EXPECT_EQ(IsRefused(1), Violation::kNone);
  EXPECT_EQ(judgement_.doubted(), 1);
}

// Whether an error after it has an excuse.
TEST_F(JudgementTest, ADeathBeforeAllElseIsNoFault) {
  Acquires(0);
  judgement_.LeavesBehind(0);
  EXPECT_FALSE(judgement_.fault());
  Begin();
  Acquires(0);
  Asks(1);
  judgement_.LeavesBehind(0);
  EXPECT_TRUE(judgement_.fault());
  // Two deaths.
  Begin();
  judgement_.Died(2, /*survived=*/false);
  judgement_.LeavesBehind(0);
  EXPECT_TRUE(judgement_.fault());
}

TEST_F(JudgementTest, AnEndWhileItHoldsLeavesTheLock) {
  Acquires(0);
  judgement_.Began(0, Work::kEnd);
  EXPECT_FALSE(judgement_.Holds(0));
  EXPECT_EQ(IsRefused(1), Violation::kNone);  // it is ending
  judgement_.Died(0, /*survived=*/false);
  EXPECT_EQ(IsRefused(1), Violation::kNone);
  EXPECT_TRUE(judgement_.doubts());
  // One that doesn't hold leaves nothing.
  Begin();
  judgement_.Began(0, Work::kEnd);
  judgement_.Died(0, /*survived=*/false);
  EXPECT_EQ(IsRefused(1), Violation::kRefusedThoughFree);
}

TEST_F(JudgementTest, AReplacementIsNew) {
  Acquires(0);
  judgement_.Died(0, /*survived=*/true);
  judgement_.Replaced(0);
  EXPECT_FALSE(judgement_.IsActive(0));
  EXPECT_EQ(IsRefused(0), Violation::kRefusedThoughFree);
}

}  // namespace
}  // namespace conformance::explorer
