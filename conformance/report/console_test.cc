// The console report: what a person sees, in a terminal and in a pipe.

#include "conformance/report/console.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Requirement MakeRequirement(absl::string_view id, Level level = Level::kMust) {
  Requirement requirement;
  requirement.id = id;
  requirement.level = level;
  requirement.promise = "It promises.";
  requirement.reason = "It matters.";
  return requirement;
}

const ExpectedFailure* Expected() {
  static const auto* const kExpected = new ExpectedFailure{
      "One.A", Outcome::kViolation, "a known\x1b[31m defect", 3};
  return kExpected;
}

Result MakeResult(const Requirement& requirement, Outcome outcome, bool ok,
                  const ExpectedFailure* expected = nullptr) {
  Result result;
  result.requirement = requirement;
  result.verdict.id = std::string(requirement.id);
  result.verdict.outcome = outcome;
  if (outcome != Outcome::kPass) {
    result.verdict.expected = "B is refused";
    result.verdict.happened = "B answered acquired";
    result.verdict.details = "standard\nerror";
    result.verdict.history.AddRecorded(
        {absl::Milliseconds(1), 0, Event::Kind::kAsked, {"acquire", "a"}});
  }
  result.judgement.ok = ok;
  if (!ok) result.judgement.why = "unexpected violation";
  result.expected = expected;
  return result;
}

class ConsoleTest : public testing::Test {
 protected:
  // The report of these results, given in this order.
  std::string Report(const std::vector<Result>& results,
                     Console::Style style = {}) {
    Console console(out_, style, requirements_);
    for (const Result& result : results) console.Add(result);
    console.Finish(
        [](absl::string_view id) { return absl::StrCat("again ", id); },
        absl::Seconds(1.25));
    return Taken();
  }
  // The text that was printed since the last time.
  std::string Taken() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  std::vector<Requirement> requirements_ = {
      MakeRequirement("One.A"), MakeRequirement("One.B", Level::kShould),
      MakeRequirement("Two.C")};
};

TEST_F(ConsoleTest, IntroducesTheContender) {
  Console console(out_, {}, requirements_);
  console.Introduce({"zc.lockfile", "2.0", 5, {"fork", "log"}}, "seed, at @",
                    "./contender", "seed 1");
  EXPECT_EQ(Taken(),
            "zc.lockfile 2.0  ./contender\nclaims: fork log\n"
            "profile: seed, at @\nseed 1\n");
  console.Introduce({"none", "\x1b[2J", 5, {}}, "unclaimed", "(linked in)",
                    "seed 1");
  EXPECT_EQ(Taken(),
            "none \\033[2J  (linked in)\nclaims: nothing\n"
            "profile: unclaimed\nseed 1\n");
}

TEST_F(ConsoleTest, PrintsAChapterWhenItIsWhole) {
  Console console(out_, {}, requirements_);
  console.Add(MakeResult(requirements_[2], Outcome::kPass, true));
  EXPECT_THAT(Taken(), IsEmpty());
  console.Add(MakeResult(requirements_[1], Outcome::kPass, true));
  EXPECT_THAT(Taken(), IsEmpty());
  console.Add(MakeResult(requirements_[0], Outcome::kPass, true));
  EXPECT_EQ(Taken(),
            "\nOne\n"
            "  pass        A\n"
            "  pass        B\n"
            "\nTwo\n"
            "  pass        C\n");
}

TEST_F(ConsoleTest, LinesSayWhatIsToBeSaid) {
  EXPECT_EQ(
      Report(
          {MakeResult(requirements_[0], Outcome::kViolation, true, Expected()),
           MakeResult(requirements_[1], Outcome::kViolation, true),
           MakeResult(requirements_[2], Outcome::kUnsupported, true)}),
      "\nOne\n"
      "  violation   A  expected: a known\\033[31m defect\n"
      "  violation   B  SHOULD: B answered acquired\n"
      "\nTwo\n"
      "  unsupported C  B answered acquired\n"
      "\n3 requirements: 2 violation, 1 unsupported; 1 failure was expected; 1 "
      "of a\nSHOULD, which fails the run only with --strict  (1.2 s)\n");
}

TEST_F(ConsoleTest, WhatAChapterHasUnsupportedIsOneLine) {
  const std::vector<Requirement> requirements = {
      MakeRequirement("One.A"), MakeRequirement("One.B"),
      MakeRequirement("One.C"), MakeRequirement("One.D"),
      MakeRequirement("One.E")};
  std::vector<Result> results = {
      MakeResult(requirements[0], Outcome::kUnsupported, true),
      MakeResult(requirements[1], Outcome::kUnsupported, true),
      MakeResult(requirements[2], Outcome::kPass, true),
      MakeResult(requirements[3], Outcome::kUnsupported, true),
      MakeResult(requirements[4], Outcome::kUnsupported, true)};
  results[0].verdict.happened = "the contender does not claim fork";
  results[1].verdict.happened = "the contender claims no wait to cancel";
  results[3].verdict.happened = "the contender does not claim thread";
  results[4].verdict.happened = "the contender does not claim fork";
  Console console(out_, {}, requirements);
  for (const Result& result : results) console.Add(result);
  EXPECT_EQ(Taken(),
            "\nOne\n"
            "  pass        C\n"
            "  unsupported 4 requirements: the contender does not claim fork, "
            "thread; the\n"
            "              contender claims no wait to cancel\n");
  Console::Style style;
  style.verbose = true;
  Console verbose(out_, style, requirements);
  for (const Result& result : results) verbose.Add(result);
  EXPECT_EQ(Taken(),
            "\nOne\n"
            "  unsupported A  the contender does not claim fork\n"
            "  unsupported B  the contender claims no wait to cancel\n"
            "  pass        C\n"
            "  unsupported D  the contender does not claim thread\n"
            "  unsupported E  the contender does not claim fork\n");
}

// One that was expected to fail is stale.
TEST_F(ConsoleTest, AnUnsupportedOneThatIsNotAsExpectedHasItsLine) {
  Console console(out_, {}, requirements_);
  console.Add(MakeResult(requirements_[0], Outcome::kUnsupported, false));
  console.Add(MakeResult(requirements_[1], Outcome::kUnsupported, false));
  EXPECT_EQ(Taken(),
            "\nOne\n"
            "  unsupported A  unexpected violation\n"
            "  unsupported B  unexpected violation\n");
}

TEST_F(ConsoleTest, EveryFailureIsExplained) {
  const std::string report =
      Report({MakeResult(requirements_[0], Outcome::kViolation, false),
              MakeResult(requirements_[1], Outcome::kHang, false),
              MakeResult(requirements_[2], Outcome::kPass, true)});
  for (const char* id : {"One.A  (MUST)", "One.B  (SHOULD)"}) {
    const size_t at = report.find(id);
    ASSERT_NE(at, std::string::npos) << report;
    EXPECT_THAT(
        report.substr(at),
        AllOf(HasSubstr("\n  promise:   It promises.\n"),
              HasSubstr("\n  because:   It matters.\n"),
              HasSubstr("\n  expected:  B is refused\n"),
              HasSubstr("\n  happened:  B answered acquired\n"),
              HasSubstr("\n  judged:    unexpected violation\n"),
              HasSubstr("\n  details:   standard\n             error\n"),
              HasSubstr("\n  history:\n         1.000 ms  A  > acquire a\n"),
              HasSubstr(absl::StrCat("\n  again:     again ",
                                     absl::string_view(id).substr(0, 5)))));
  }
  EXPECT_THAT(report, AllOf(HasSubstr("\nVIOLATION  One.A"),
                            HasSubstr("\nHANG  One.B"), Not(HasSubstr("Two.C")),
                            HasSubstr("\n2 not as expected.\n")));
}

TEST_F(ConsoleTest, OurOwnTextsFitIn80Columns) {
  const std::string text = absl::StrJoin(std::vector<int>(60, 12345), " ");
  std::vector<Result> results;
  requirements_[0].promise = requirements_[0].reason = text;
  results.push_back(MakeResult(requirements_[0], Outcome::kViolation, false));
  results.push_back(MakeResult(requirements_[1], Outcome::kViolation, true));
  results.push_back(MakeResult(requirements_[2], Outcome::kNotRun, true));
  for (Result& result : results) {
    result.verdict.expected = result.verdict.happened = text;
  }
  results.front().judgement.why = text;
  Console console(out_, {}, requirements_);
  Introduction introduction = {"name", "1", 5, {}};
  for (int i = 0; i < 40; ++i) {
    introduction.can.insert(absl::StrCat("capability-", i));
  }
  console.Introduce(introduction, text, "./contender", "random seed 1");
  for (const absl::string_view line :
       absl::StrSplit(Taken() + Report(results), '\n')) {
    EXPECT_LE(line.size(), 80) << line;
  }
}

TEST_F(ConsoleTest, StaleExpectationIsExplainedToo) {
  Result stale =
      MakeResult(requirements_[0], Outcome::kPass, false, Expected());
  stale.judgement.why = "stale: line 3";
  const std::string report = Report({stale});
  EXPECT_THAT(report, AllOf(HasSubstr("PASS  One.A"),
                            HasSubstr("  judged:    stale: line 3\n")));
}

TEST_F(ConsoleTest, WhatWasNotRunIsSaidAloud) {
  EXPECT_THAT(Report({MakeResult(requirements_[0], Outcome::kNotRun, true)}),
              HasSubstr("Not run on this machine: 1. They say nothing of the "
                        "implementation.\n"));
}

TEST_F(ConsoleTest, ColorsOnlyWhenAsked) {
  const std::vector<Result> results = {
      MakeResult(requirements_[0], Outcome::kPass, true),
      MakeResult(requirements_[1], Outcome::kCrash, false),
      MakeResult(requirements_[2], Outcome::kNotRun, true)};
  Console::Style plain;
  EXPECT_THAT(Report(results, plain), Not(HasSubstr("\x1b")));
  Console::Style colors;
  colors.colors = true;
  EXPECT_THAT(Report(results, colors),
              AllOf(HasSubstr("\x1b[32mpass        \x1b[0mA\n"),
                    HasSubstr("\x1b[31mcrash"), HasSubstr("\x1b[33mnot run"),
                    Not(HasSubstr("\r"))));
}

// The contender's texts are not obeyed, colors or not.
TEST_F(ConsoleTest, TextsOfTheContenderAreEscaped) {
  Result result = MakeResult(requirements_[0], Outcome::kCrash, false);
  result.verdict.happened = "said \x1b[31m\r\xff";
  result.verdict.details =
      "\x1b]0;title\x07\n\xc2\x9b"
      "2J";
  const std::string report = Report({result});
  EXPECT_THAT(report, AllOf(HasSubstr("happened:  said \\033[31m\\r\\377\n"),
                            HasSubstr("\\033]0;title\\007\n"),
                            HasSubstr("             \\302\\2332J\n"),
                            Not(HasSubstr("\x1b")), Not(HasSubstr("\r"))));
}

TEST_F(ConsoleTest, ProgressIsOneLineThatIsDrawnOver) {
  Console::Style style;
  Console quiet(out_, style, requirements_);
  quiet.Progress({"One.A"});
  EXPECT_EQ(Taken(), "");
  style.progress = true;
  style.width = 20;
  Console console(out_, style, requirements_);
  console.Progress({"One.A", "One.B", "Two.C"});
  EXPECT_EQ(Taken(), "[0/3] One.A, One.B,");
  console.Progress({"One.A"});
  EXPECT_EQ(Taken(), "\r\x1b[K[0/3] One.A");
  console.Progress({});
  EXPECT_EQ(Taken(), "\r\x1b[K");
  console.Progress({});
  EXPECT_EQ(Taken(), "");
  console.Progress({"Two.C"});
  console.Finish([](absl::string_view) { return ""; }, absl::Seconds(1));
  EXPECT_THAT(Taken(), HasSubstr("[0/3] Two.C\r\x1b[K\n"));
}

TEST(SummarizeTest, CountsWhatTellsSomething) {
  const Requirement requirement = MakeRequirement("One.A");
  std::vector<Result> results;
  for (const Outcome outcome :
       {Outcome::kPass, Outcome::kViolation, Outcome::kCrash, Outcome::kHang,
        Outcome::kProtocol, Outcome::kUnsupported, Outcome::kNotRun,
        Outcome::kHarness}) {
    results.push_back(
        MakeResult(requirement, outcome, outcome != Outcome::kHarness));
  }
  results.push_back(
      MakeResult(requirement, Outcome::kViolation, true, Expected()));
  const Summary summary = Summarize(results);
  EXPECT_EQ(summary.executed, 6);
  EXPECT_EQ(summary.not_ok, 1);
  EXPECT_EQ(summary.expected_failures, 1);
  EXPECT_EQ(summary.tolerated, 4);
  EXPECT_EQ(summary.count.at(Outcome::kViolation), 2);
  EXPECT_EQ(Summarize({}).executed, 0);
}

TEST(IndentTest, IndentsAllButTheFirstLine) {
  EXPECT_EQ(Indent("a\nb\n", 2), "a\n  b");
  EXPECT_EQ(Indent("", 2), "");
}

}  // namespace
}  // namespace conformance
