// Expected failures: reading them, judging by them, bringing them up to date.

#include "conformance/verdict.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/requirement.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Outcome kOutcomes[] = {
    Outcome::kPass,     Outcome::kViolation,   Outcome::kCrash,
    Outcome::kHang,     Outcome::kProtocol,    Outcome::kNotJudged,
    Outcome::kNotAsked, Outcome::kUnsupported, Outcome::kNotRun,
    Outcome::kHarness,
};

const std::vector<Requirement>& Requirements() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Requirement>(4);
    (*all)[0].id = "Chapter.First";
    (*all)[1].id = "Chapter.Second";
    (*all)[2].id = "Chapter.Third";
    (*all)[3].id = "Chapter.Should";
    (*all)[3].level = Level::kShould;
    return all;
  }();
  return *kAll;
}

ExpectedFailures Parsed(absl::string_view text) {
  absl::StatusOr<ExpectedFailures> expected =
      ExpectedFailures::Parse(text, Requirements());
  EXPECT_TRUE(expected.ok()) << expected.status();
  return expected.ok() ? *std::move(expected) : ExpectedFailures();
}

std::string Complaint(absl::string_view text) {
  const absl::Status status =
      ExpectedFailures::Parse(text, Requirements()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(status.message());
}

Verdict MakeVerdict(absl::string_view id, Outcome outcome,
                    absl::string_view happened = "it happened") {
  Verdict verdict;
  verdict.id = std::string(id);
  verdict.outcome = outcome;
  verdict.happened = std::string(happened);
  return verdict;
}

TEST(OutcomeTest, NamesComeBack) {
  for (const Outcome outcome : kOutcomes) {
    EXPECT_EQ(OutcomeFromName(OutcomeName(outcome)), outcome);
  }
  EXPECT_EQ(OutcomeFromName("Pass"), std::nullopt);
  EXPECT_EQ(OutcomeFromName(""), std::nullopt);
}

// ---- Reading ----------------------------------------------------------------

TEST(ExpectedFailuresTest, AreLinesOfIdVerdictReason) {
  const ExpectedFailures expected = Parsed(
      "# A comment.\n"
      "\n"
      "Chapter.First violation It fails, see issue 7.\n"
      "  Chapter.Second\thang   for\tever  \r\n"
      "  # another\n"
      "Chapter.Third protocol last line without a newline");
  ASSERT_EQ(expected.all().size(), 3);
  const ExpectedFailure* first = expected.Find("Chapter.First");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->outcome, Outcome::kViolation);
  EXPECT_EQ(first->reason, "It fails, see issue 7.");
  EXPECT_EQ(first->line, 3);
  const ExpectedFailure* second = expected.Find("Chapter.Second");
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->outcome, Outcome::kHang);
  EXPECT_EQ(second->reason, "for\tever");
  EXPECT_EQ(second->line, 4);
  EXPECT_EQ(expected.Find("Chapter.Third")->line, 6);
  EXPECT_EQ(expected.Find("Chapter.Should"), nullptr);
  EXPECT_TRUE(Parsed("").all().empty());
}

TEST(ExpectedFailuresTest, ErrorsNameTheLineAndSayWhatToWrite) {
  EXPECT_EQ(Complaint("# one\n\nNo.Such violation why\n"),
            "line 3: there is no requirement \"No.Such\"; `lockcheck list` "
            "shows them");
  EXPECT_EQ(Complaint("Chapter.First violation why\nChapter.Second\n"),
            "line 2: \"\" cannot be expected; a line is ID VERDICT REASON, "
            "where VERDICT is violation, crash, hang or protocol");
  for (const absl::string_view verdict :
       {"pass", "unsupported", "harness", "not", "Violation", "violation:"}) {
    EXPECT_THAT(
        Complaint(absl::StrCat("Chapter.First ", verdict, " why")),
        StartsWith(absl::StrCat("line 1: \"", verdict,
                                "\" cannot be expected; a line is ID VERDICT "
                                "REASON")));
  }
  EXPECT_EQ(Complaint("Chapter.First crash \n"),
            "line 1: say after the verdict why Chapter.First fails");
  EXPECT_EQ(Complaint("Chapter.First crash a\nChapter.First crash b\n"),
            "line 2: Chapter.First stands on an earlier line too");
}

// ---- Judging ----------------------------------------------------------------

// The right answer for an outcome, given what was expected: the whole table.
bool IsAsExpected(Outcome outcome, std::optional<Outcome> expected, Level level,
                  bool strict) {
  switch (outcome) {
    case Outcome::kHarness:
      return false;
    case Outcome::kNotRun:
      return true;
    case Outcome::kPass:
    case Outcome::kNotJudged:
    case Outcome::kNotAsked:
    case Outcome::kUnsupported:
      return !expected.has_value();
    case Outcome::kViolation:
      if (expected.has_value()) return expected == outcome;
      return level == Level::kShould && !strict;
    case Outcome::kCrash:
    case Outcome::kHang:
    case Outcome::kProtocol:
      return expected == outcome;
  }
  return false;
}

TEST(JudgeTest, WholeTable) {
  for (const Level level : {Level::kMust, Level::kShould}) {
    Requirement requirement = Requirements()[0];
    requirement.level = level;
    for (const bool strict : {false, true}) {
      for (const Outcome outcome : kOutcomes) {
        for (const std::optional<Outcome> expectation :
             {std::optional<Outcome>(), std::optional(Outcome::kViolation),
              std::optional(Outcome::kCrash), std::optional(Outcome::kHang),
              std::optional(Outcome::kProtocol)}) {
          const ExpectedFailures expected =
              expectation.has_value()
                  ? Parsed(absl::StrCat("Chapter.First ",
                                        OutcomeName(*expectation), " why"))
                  : ExpectedFailures();
          const Judgement judgement =
              Judge(requirement, MakeVerdict("Chapter.First", outcome),
                    expected, strict);
          EXPECT_EQ(judgement.ok,
                    IsAsExpected(outcome, expectation, level, strict))
              << OutcomeName(outcome) << ", expected "
              << (expectation.has_value() ? OutcomeName(*expectation) : "none")
              << ", " << LevelName(level) << ", strict " << strict;
          EXPECT_EQ(judgement.ok, judgement.why.empty());
        }
      }
    }
  }
}

TEST(JudgeTest, SaysWhatToDo) {
  const auto why = [](Outcome outcome, absl::string_view text) {
    return Judge(Requirements()[0], MakeVerdict("Chapter.First", outcome),
                 Parsed(text), false)
        .why;
  };
  constexpr absl::string_view kLine = "\nChapter.First hang why";
  EXPECT_EQ(why(Outcome::kPass, kLine),
            "stale: line 2 expects a hang, but it passes; remove the line");
  EXPECT_EQ(why(Outcome::kUnsupported, kLine),
            "stale: line 2 expects a hang, but the contender does not claim "
            "what the check needs; remove the line");
  EXPECT_EQ(why(Outcome::kCrash, kLine), "line 2 expects a hang, not a crash");
  EXPECT_EQ(why(Outcome::kCrash, ""), "unexpected crash");
  EXPECT_EQ(why(Outcome::kHarness, ""),
            "the suite itself failed; please report it");
}

// ---- Bringing up to date ----------------------------------------------------

constexpr absl::string_view kFile =
    "# What fails, and why.\n"
    "Chapter.First violation a reason of ours\n"
    "\n"
    "# And this:\n"
    "Chapter.Second  hang   another  reason\n";

TEST(UpdateTest, ChangesNothingWhenNothingHasChanged) {
  const std::vector<Verdict> verdicts = {
      MakeVerdict("Chapter.First", Outcome::kViolation),
      MakeVerdict("Chapter.Second", Outcome::kHang),
      MakeVerdict("Chapter.Third", Outcome::kPass)};
  EXPECT_EQ(Parsed(kFile).Update(verdicts), kFile);
  EXPECT_EQ(Parsed(kFile).Update({}), kFile);
}

TEST(UpdateTest, DropsWhatPassesKeepsCommentsAddsWhatIsNew) {
  EXPECT_EQ(Parsed(kFile).Update(
                {MakeVerdict("Chapter.First", Outcome::kPass),
                 MakeVerdict("Chapter.Second", Outcome::kHang),
                 MakeVerdict("Chapter.Third", Outcome::kCrash, "A\ndied")}),
            "# What fails, and why.\n"
            "\n"
            "# And this:\n"
            "Chapter.Second  hang   another  reason\n"
            "Chapter.Third crash A died\n");
}

TEST(UpdateTest, AnotherVerdictTakesThePlaceOfTheOldOne) {
  EXPECT_THAT(Parsed(kFile).Update(
                  {MakeVerdict("Chapter.First", Outcome::kCrash, "A died")}),
              StartsWith("# What fails, and why.\n"
                         "Chapter.First crash A died\n"
                         "\n"));
}

// A result that can't be judged keeps its line; one that was never a failure
// gets none.
TEST(UpdateTest, OnlyWhatWasJudgedIsTouched) {
  EXPECT_EQ(
      Parsed(kFile).Update({MakeVerdict("Chapter.First", Outcome::kNotRun),
                            MakeVerdict("Chapter.Second", Outcome::kHarness),
                            MakeVerdict("Chapter.Third", Outcome::kNotRun),
                            MakeVerdict("Chapter.Should", Outcome::kHarness)}),
      kFile);
}

// Judge calls such a line stale.
TEST(UpdateTest, DropsWhatIsUnsupported) {
  EXPECT_THAT(Parsed(kFile).Update(
                  {MakeVerdict("Chapter.First", Outcome::kUnsupported),
                   MakeVerdict("Chapter.Third", Outcome::kUnsupported)}),
              testing::Not(HasSubstr("Chapter.First")));
}

TEST(UpdateTest, ThenEverythingIsAsExpected) {
  for (const Outcome first : kOutcomes) {
    for (const Outcome should : kOutcomes) {
      const std::vector<Verdict> verdicts = {
          MakeVerdict("Chapter.First", first, ""),
          MakeVerdict("Chapter.Second", Outcome::kPass),
          MakeVerdict("Chapter.Should", should, "\x01 odd\nbytes")};
      const ExpectedFailures updated = Parsed(Parsed(kFile).Update(verdicts));
      for (const Verdict& verdict : verdicts) {
        const Requirement& requirement = verdict.id == "Chapter.Should"
                                             ? Requirements()[3]
                                             : Requirements()[0];
        EXPECT_EQ(Judge(requirement, verdict, updated, /*strict=*/true).ok,
                  verdict.outcome != Outcome::kHarness)
            << verdict.id << " " << OutcomeName(verdict.outcome);
      }
      EXPECT_EQ(updated.Update(verdicts),
                Parsed(updated.Update(verdicts)).Update(verdicts));
    }
  }
}

TEST(UpdateTest, BeginsAFile) {
  EXPECT_EQ(ExpectedFailures().Update(
                {MakeVerdict("Chapter.First", Outcome::kViolation, "x")}),
            "Chapter.First violation x\n");
  EXPECT_EQ(ExpectedFailures().Update({}), "");
  // And ends a last line.
  EXPECT_EQ(
      Parsed("# no newline")
          .Update({MakeVerdict("Chapter.First", Outcome::kViolation, "x")}),
      "# no newline\nChapter.First violation x\n");
}

}  // namespace
}  // namespace conformance
