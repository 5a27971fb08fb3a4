// The checker against a brute-force twin on random histories, and on recorded
// good and bad ones.

#include "conformance/checker.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using Kind = Operation::Kind;
using Result = Operation::Result;

Operation Op(int contender, Kind kind, Result result, double call,
             double finish, absl::string_view handle = "a") {
  Operation op;
  op.contender = contender;
  op.handle = kind == Kind::kDeath ? "" : std::string(handle);
  op.kind = kind;
  op.result = result;
  op.call = absl::Milliseconds(call);
  op.finish = absl::Milliseconds(finish);
  return op;
}

Operation Acquired(int who, double call, double finish) {
  return Op(who, Kind::kAcquire, Result::kAcquired, call, finish);
}
Operation Refused(int who, double call, double finish) {
  return Op(who, Kind::kAcquire, Result::kRefused, call, finish);
}
Operation Released(int who, double call, double finish) {
  return Op(who, Kind::kRelease, Result::kDone, call, finish);
}
Operation Died(int who, double call, double finish) {
  return Op(who, Kind::kDeath, Result::kDone, call, finish);
}

Legality Check(const std::vector<Operation>& ops) {
  return CheckOperations(ops).legality;
}

// ---- The twin: tries every order, and knows nothing of the model's table ----

// Whether the operations, one after the other, are what one lock can do. Each
// operation of an unknown result may have happened or not; `happened` says.
bool CanBe(const std::vector<Operation>& order,
           const std::vector<bool>& happened) {
  const std::pair<int, std::string> nobody = {-1, ""};
  std::pair<int, std::string> holder = nobody;
  for (size_t i = 0; i < order.size(); ++i) {
    const Operation& op = order[i];
    const std::pair<int, std::string> me = {op.contender, op.handle};
    const bool took = op.result == Result::kAcquired ||
                      (op.result == Result::kUnknown && happened[i]);
    if (op.kind == Kind::kAcquire) {
      if (took && holder != nobody) return false;
      if (took) holder = me;
      if (op.result == Result::kRefused && holder == nobody) return false;
    } else if (op.kind == Kind::kRelease) {
      const bool gave = op.result == Result::kDone ||
                        (op.result == Result::kUnknown && happened[i]);
      if (gave && holder == me) holder = nobody;
    } else if (holder.first == op.contender) {
      holder = nobody;
    }
  }
  return true;
}

bool OrderRespectsTime(const std::vector<Operation>& order) {
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = i + 1; j < order.size(); ++j) {
      if (order[j].finish < order[i].call) return false;
      // A process does nothing after its death.
      if (order[i].kind == Kind::kDeath &&
          order[i].contender == order[j].contender &&
          order[j].call < order[i].finish) {
        return false;
      }
    }
  }
  return true;
}

bool LegalByBruteForce(const std::vector<Operation>& ops) {
  std::vector<size_t> index(ops.size());
  std::iota(index.begin(), index.end(), 0);
  do {
    std::vector<Operation> order;
    order.reserve(ops.size());
    for (const size_t i : index) order.push_back(ops[i]);
    if (!OrderRespectsTime(order)) continue;
    for (uint32_t bits = 0; bits < (1U << ops.size()); ++bits) {
      std::vector<bool> happened;
      for (size_t i = 0; i < ops.size(); ++i) {
        happened.push_back(((bits >> i) & 1U) != 0);
      }
      if (CanBe(order, happened)) return true;
    }
  } while (std::next_permutation(index.begin(), index.end()));
  return false;
}

// A random history of up to six operations of three contenders. Each does one
// thing after the other; answers are random, so that about half are illegal.
std::vector<Operation> RandomHistory(std::mt19937_64& random) {
  const auto below = [&](uint64_t n) { return static_cast<int>(random() % n); };
  std::map<int, double> free_from;
  std::map<int, bool> dead;
  std::vector<Operation> ops;
  const int count = 2 + below(5);
  for (int i = 0; i < count; ++i) {
    const int who = below(3);
    if (dead[who]) continue;
    // Distinct times: an order of events that happened at the same instant
    // would be anybody's guess.
    const double call = free_from[who] + 1 + below(4) + 0.001 * i;
    const double finish = call + 1 + below(6) + 0.0001 * i;
    free_from[who] = finish;
    switch (below(6)) {
      case 0:
      case 1:
        ops.push_back(Acquired(who, call, finish));
        break;
      case 2:
        ops.push_back(Refused(who, call, finish));
        break;
      case 3:
      case 4:
        ops.push_back(Released(who, call, finish));
        break;
      default: {
        // Killed, now and then in the middle of an attempt.
        if (below(2) == 0) {
          ops.push_back(
              Op(who, Kind::kAcquire, Result::kUnknown, call, finish));
        }
        ops.push_back(Died(who, call + 0.00001, finish));
        dead[who] = true;
      }
    }
  }
  return ops;
}

TEST(CheckerTest, AgreesWithBruteForceOnRandomHistories) {
  std::mt19937_64 random(20240722);
  int legal = 0;
  int illegal = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::vector<Operation> ops = RandomHistory(random);
    const bool expected = LegalByBruteForce(ops);
    const CheckResult result = CheckOperations(ops);
    ASSERT_NE(result.legality, Legality::kUnknown);
    if ((result.legality == Legality::kLegal) != expected) {
      std::string shown;
      for (const Operation& op : ops) {
        absl::StrAppend(&shown, op.ToString(), "\n");
      }
      FAIL() << "history " << i << " is " << (expected ? "legal" : "illegal")
             << ":\n"
             << shown << result.why;
    }
    ++(expected ? legal : illegal);
    if (!expected) {
      EXPECT_FALSE(result.why.empty());
      EXPECT_FALSE(result.witness.empty());
    }
  }
  // Both kinds were tested, and enough of them.
  EXPECT_GT(legal, 500);
  EXPECT_GT(illegal, 500);
}

TEST(CheckerTest, EmptyHistoryIsLegal) {
  EXPECT_EQ(Check({}), Legality::kLegal);
}

TEST(CheckerTest, OneAfterTheOtherIsLegal) {
  EXPECT_EQ(Check({Acquired(0, 1, 2), Refused(1, 3, 4), Released(0, 5, 6),
                   Acquired(1, 7, 8), Released(1, 9, 10)}),
            Legality::kLegal);
}

TEST(CheckerTest, TwoHoldersAreIllegalAndBothAreNamed) {
  const CheckResult result = CheckOperations(
      {Acquired(0, 1, 2), Acquired(1, 3, 4), Released(0, 5, 6)});
  EXPECT_EQ(result.legality, Legality::kIllegal);
  ASSERT_EQ(result.witness.size(), 2);
  EXPECT_EQ(result.witness[0].contender, 0);
  EXPECT_EQ(result.witness[1].contender, 1);
  EXPECT_THAT(result.why, testing::HasSubstr("two held the lock at once"));
}

// The release was sent before the other's success was read: the lock may have
// changed hands in between, however long the answer took to come.
TEST(CheckerTest, OverlapOfAnswersAloneIsNoViolation) {
  EXPECT_EQ(Check({Acquired(0, 1, 2), Acquired(1, 3, 7), Released(0, 5, 9)}),
            Legality::kLegal);
}

TEST(CheckerTest, RefusalOfAFreeLockIsIllegal) {
  const CheckResult result = CheckOperations({Refused(0, 1, 2)});
  EXPECT_EQ(result.legality, Legality::kIllegal);
  EXPECT_THAT(result.why, testing::HasSubstr("nobody can have held"));
}

TEST(CheckerTest, RefusalBetweenReleaseAndNextAcquisitionIsIllegal) {
  EXPECT_EQ(Check({Acquired(0, 1, 2), Released(0, 3, 4), Refused(1, 5, 6),
                   Acquired(0, 7, 8)}),
            Legality::kIllegal);
}

TEST(CheckerTest, RefusalBySomebodyWhoDiedIsLegalUntilHisEnd) {
  EXPECT_EQ(Check({Acquired(0, 1, 2), Died(0, 3, 6), Refused(1, 4, 5)}),
            Legality::kLegal);
  EXPECT_EQ(Check({Acquired(0, 1, 2), Died(0, 3, 6), Refused(1, 7, 8)}),
            Legality::kIllegal);
}

TEST(CheckerTest, UnansweredAcquisitionMayHaveHappened) {
  const Operation pending = Op(0, Kind::kAcquire, Result::kUnknown, 1, 6);
  EXPECT_EQ(Check({pending, Died(0, 5, 6), Refused(1, 2, 3)}),
            Legality::kLegal);
  EXPECT_EQ(Check({pending, Died(0, 5, 6), Acquired(1, 2, 3)}),
            Legality::kLegal);
  EXPECT_EQ(Check({pending, Died(0, 5, 6), Refused(1, 7, 8)}),
            Legality::kIllegal);
}

TEST(CheckerTest, SecondHandleOfOneContenderIsAnotherParty) {
  EXPECT_EQ(Check({Acquired(0, 1, 2),
                   Op(0, Kind::kAcquire, Result::kAcquired, 3, 4, "b")}),
            Legality::kIllegal);
  EXPECT_EQ(Check({Acquired(0, 1, 2),
                   Op(0, Kind::kAcquire, Result::kRefused, 3, 4, "b"),
                   Op(0, Kind::kRelease, Result::kDone, 5, 6, "b"),
                   Refused(1, 7, 8)}),
            Legality::kLegal);
}

TEST(CheckerTest, GivesUpBeyondItsBudgetAndSaysSo) {
  std::vector<Operation> ops;
  for (int i = 0; i < 20; ++i) {
    const double at = 1 + 0.001 * i;
    ops.push_back(Op(i, Kind::kAcquire, Result::kUnknown, at, 100));
    ops.push_back(Died(i, at + 1, 100));
  }
  ops.push_back(Refused(20, 200, 201));
  const CheckResult result = CheckOperations(ops, 10);
  EXPECT_EQ(result.legality, Legality::kUnknown);
  EXPECT_FALSE(result.why.empty());
}

// A history as long as the free run's is decided in steps in proportion.
TEST(CheckerTest, LongHistoriesTakeFewSteps) {
  std::vector<Operation> ops;
  for (int i = 0; i < 2000; ++i) {
    const double at = 10.0 * i;
    ops.push_back(Acquired(i % 3, at, at + 1));
    ops.push_back(Refused((i + 1) % 3, at + 0.5, at + 4));
    ops.push_back(Released(i % 3, at + 3, at + 5));
  }
  const CheckResult result = CheckOperations(ops);
  EXPECT_EQ(result.legality, Legality::kLegal);
  EXPECT_LT(result.steps, 10 * ops.size());
}

// ---- From recorded events to operations -------------------------------------

History Recorded(
    const std::vector<std::pair<int, std::pair<Event::Kind, std::string>>>&
        events) {
  History history;
  double at = 0;
  for (const auto& [who, event] : events) {
    at += 1;
    std::vector<std::string> fields;
    for (size_t begin = 0; begin <= event.second.size();) {
      const size_t end =
          std::min(event.second.find(' ', begin), event.second.size());
      fields.push_back(event.second.substr(begin, end - begin));
      begin = end + 1;
    }
    history.AddRecorded({absl::Milliseconds(at), who, event.first, fields});
  }
  return history;
}

TEST(OperationsOnTest, PairsAnswersWithCommands) {
  const std::vector<Operation> ops =
      OperationsOn(Recorded({{0, {Event::Kind::kAsked, "acquire a /lock 0"}},
                             {1, {Event::Kind::kAsked, "acquire a /other 0"}},
                             {1, {Event::Kind::kAnswered, "acquired a"}},
                             {0, {Event::Kind::kAnswered, "acquired a"}},
                             {0, {Event::Kind::kAsked, "release a"}},
                             {0, {Event::Kind::kAnswered, "released a"}}}),
                   "/lock");
  ASSERT_EQ(ops.size(), 2);
  EXPECT_EQ(ops[0].result, Result::kAcquired);
  EXPECT_EQ(ops[0].call, absl::Milliseconds(1));
  EXPECT_EQ(ops[0].finish, absl::Milliseconds(4));
  EXPECT_EQ(ops[1].kind, Kind::kRelease);
}

// Two answers come of it, in either order, and one of them is the
// acquisition's.
TEST(OperationsOnTest, CancelledAcquisitionHasItsOwnAnswer) {
  struct Case {
    std::vector<std::string> answers;
    Result result;
    absl::Duration finish;
  };
  for (const Case& c : std::vector<Case>{{{"cancelling a", "cancelled a"},
                                          Result::kNothing,
                                          absl::Milliseconds(4)},
                                         {{"cancelled a", "cancelling a"},
                                          Result::kNothing,
                                          absl::Milliseconds(3)},
                                         {{"cancelling a", "acquired a"},
                                          Result::kAcquired,
                                          absl::Milliseconds(4)},
                                         {{"acquired a", "error a late"},
                                          Result::kAcquired,
                                          absl::Milliseconds(3)},
                                         {{"error a late", "acquired a"},
                                          Result::kAcquired,
                                          absl::Milliseconds(4)},
                                         {{"error a late", "busy a"},
                                          Result::kRefused,
                                          absl::Milliseconds(4)}}) {
    const std::vector<Operation> ops = OperationsOn(
        Recorded({{0, {Event::Kind::kAsked, "acquire a /lock forever"}},
                  {0, {Event::Kind::kAsked, "cancel a"}},
                  {0, {Event::Kind::kAnswered, c.answers[0]}},
                  {0, {Event::Kind::kAnswered, c.answers[1]}},
                  {0, {Event::Kind::kAsked, "touch /lock"}},
                  {0, {Event::Kind::kAnswered, "touched"}}}),
        "/lock");
    ASSERT_EQ(ops.size(), 1) << c.answers[0];
    EXPECT_EQ(ops[0].result, c.result) << c.answers[0];
    EXPECT_EQ(ops[0].finish, c.finish) << c.answers[0];
  }
}

// A lock is free from the kill on, not from when the end was seen.
TEST(OperationsOnTest, DeathBeginsWithTheSignal) {
  const History history =
      Recorded({{0, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {0, {Event::Kind::kAnswered, "acquired a"}},
                {1, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {0, {Event::Kind::kSignalled, "fatal Killed"}},
                {1, {Event::Kind::kAnswered, "acquired a"}},
                {0, {Event::Kind::kEnded, "killed"}}});
  EXPECT_EQ(CheckOperations(OperationsOn(history, "/lock")).legality,
            Legality::kLegal);
}

// A child of A that did a part of the work lived on for a moment, and had the
// lock; but it can't have had it when B got it.
TEST(OperationsOnTest, WhoIsKilledInAnAttemptMayHaveAChild) {
  const auto history = [](absl::string_view first, absl::string_view second) {
    return Recorded({{0, {Event::Kind::kAsked, "acquire a /lock 0"}},
                     {0, {Event::Kind::kSignalled, "fatal Killed"}},
                     {0, {Event::Kind::kEnded, "killed"}},
                     {1, {Event::Kind::kAsked, "acquire a /lock 0"}},
                     {1, {Event::Kind::kAnswered, std::string(first)}},
                     {2, {Event::Kind::kAsked, "acquire a /lock 0"}},
                     {2, {Event::Kind::kAnswered, std::string(second)}}});
  };
  EXPECT_EQ(
      CheckOperations(OperationsOn(history("busy a", "acquired a"), "/lock"))
          .legality,
      Legality::kLegal);
  EXPECT_EQ(
      CheckOperations(OperationsOn(history("acquired a", "busy a"), "/lock"))
          .legality,
      Legality::kLegal);
  EXPECT_EQ(CheckOperations(
                OperationsOn(history("acquired a", "acquired a"), "/lock"))
                .legality,
            Legality::kIllegal);
}

// Nobody asked for this death, so it may have come at any time since the last
// sign of life.
TEST(OperationsOnTest, UnexpectedDeathBeginsWithTheLastSignOfLife) {
  const History history =
      Recorded({{0, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {0, {Event::Kind::kAnswered, "acquired a"}},
                {1, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {1, {Event::Kind::kAnswered, "acquired a"}},
                {0, {Event::Kind::kEnded, "exited"}}});
  EXPECT_EQ(CheckOperations(OperationsOn(history, "/lock")).legality,
            Legality::kLegal);
}

TEST(OperationsOnTest, RecordedDoubleHolderIsFound) {
  const History history =
      Recorded({{0, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {0, {Event::Kind::kAnswered, "acquired a"}},
                {1, {Event::Kind::kAsked, "acquire a /lock 0"}},
                {1, {Event::Kind::kAnswered, "acquired a"}},
                {0, {Event::Kind::kAsked, "release a"}},
                {0, {Event::Kind::kAnswered, "released a"}}});
  EXPECT_EQ(CheckOperations(OperationsOn(history, "/lock")).legality,
            Legality::kIllegal);
}

}  // namespace
}  // namespace conformance
