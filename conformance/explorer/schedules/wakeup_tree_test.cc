#include "conformance/explorer/schedules/wakeup_tree.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

Step RunOf(int actor) { return Step{actor}; }

Footprint Writes(const char* name) {
  Footprint footprint;
  footprint.Write(Object::Name(name));
  return footprint;
}

PlannedStep Known(int actor, const char* name) {
  return {RunOf(actor), Writes(name), {}};
}

PlannedStep Unknown(int actor) { return {RunOf(actor), std::nullopt, {}}; }

// "a(b c) b", the branches in their order.
std::string Text(const std::vector<Wakeup>& branches) {
  std::string text;
  for (const Wakeup& branch : branches) {
    absl::StrAppend(&text, text.empty() ? "" : " ",
                    branch.planned.step.ToString());
    if (!branch.then.empty())
      absl::StrAppend(&text, "(", Text(branch.then), ")");
  }
  return text;
}

TEST(PositionOfInitialTest, IsThatOfTheActorsFirstStepIfNothingConflicts) {
  const std::vector<PlannedStep> sequence = {Known(0, "x"), Known(1, "y"),
                                             Known(2, "x"), Unknown(3)};
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(0), nullptr), 0);
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(1), nullptr), 1);
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(2), nullptr), std::nullopt);
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(4), nullptr), std::nullopt);
}

TEST(PositionOfInitialTest, IsNothingWhereItIsNotCertain) {
  const std::vector<PlannedStep> sequence = {Known(0, "x"), Unknown(1)};
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(1), nullptr), std::nullopt);
  const Footprint other = Writes("y");
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(1), &other), 1);
  const Footprint same = Writes("x");
  EXPECT_EQ(PositionOfInitial(sequence, RunOf(1), &same), std::nullopt);
}

TEST(PositionOfInitialTest, FaultIsAnotherStep) {
  const std::vector<PlannedStep> sequence = {Known(0, "x")};
  EXPECT_EQ(
      PositionOfInitial(sequence, Step{0, Step::Kind::kCrashBefore}, nullptr),
      std::nullopt);
}

TEST(IsIndependentTest, IsNotOfOwnStepsNorOfUnknownOnes) {
  const std::vector<PlannedStep> known = {Known(0, "x")};
  EXPECT_TRUE(IsIndependent(known, 1, Writes("y")));
  EXPECT_FALSE(IsIndependent(known, 1, Writes("x")));
  EXPECT_FALSE(IsIndependent(known, 0, Writes("y")));
  EXPECT_FALSE(IsIndependent({Unknown(0)}, 1, Writes("y")));
}

TEST(InsertSequenceTest, AddsABranchBehindTheOthers) {
  std::vector<Wakeup> branches;
  InsertSequence(branches, 0, {Known(0, "x"), Known(1, "x")}, true, true);
  InsertSequence(branches, 0, {Known(1, "x"), Known(0, "x")}, true, true);
  EXPECT_EQ(Text(branches), "a(b) b(a)");
}

TEST(InsertSequenceTest, WhatIsEquivalentIsThereAlready) {
  std::vector<Wakeup> branches;
  InsertSequence(branches, 0, {Known(0, "x"), Known(1, "y")}, true, true);
  InsertSequence(branches, 0, {Known(1, "y"), Known(0, "x")}, true, true);
  InsertSequence(branches, 0, {Known(0, "x")}, true, true);
  EXPECT_EQ(Text(branches), "a(b)");
}

TEST(InsertSequenceTest, GoesOnWhereOneEnds) {
  std::vector<Wakeup> branches;
  InsertSequence(branches, 0, {Known(0, "x")}, true, true);
  InsertSequence(branches, 0, {Known(0, "x"), Known(1, "x")}, true, true);
  InsertSequence(branches, 0, {Known(0, "x"), Known(2, "x")}, true, true);
  EXPECT_EQ(Text(branches), "a(b c)");
}

TEST(InsertSequenceTest, OneThatCanComeLaterIsNoOther) {
  std::vector<Wakeup> branches;
  InsertSequence(branches, 0, {Known(0, "x")}, true, true);
  InsertSequence(branches, 0, {Known(1, "y")}, /*plain_only=*/true, true);
  EXPECT_EQ(Text(branches), "a(b)");
  // But a fault may come in its place.
  branches.clear();
  InsertSequence(branches, 0, {Known(0, "x")}, false, true);
  InsertSequence(branches, 0, {Known(1, "y")}, /*plain_only=*/false, true);
  EXPECT_EQ(Text(branches), "a b");
}

TEST(InsertSequenceTest, LeavesWhatHasHadItsTurn) {
  std::vector<Wakeup> branches;
  InsertSequence(branches, 0, {Known(0, "x")}, true, true);
  InsertSequence(branches, /*first=*/1, {Known(0, "x"), Known(1, "x")}, true,
                 true);
  EXPECT_EQ(Text(branches), "a a(b)");
}

}  // namespace
}  // namespace conformance::explorer
