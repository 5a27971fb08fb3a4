// lockcheck from end to end, as a person or a script meets it. Its reports are
// in lockcheck_report_test.cc.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/lockcheck_testing.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// ---- Help and usage ---------------------------------------------------------

TEST(LockcheckTest, Helps) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"run", "--help"},
                                             {"list", "--help"},
                                             {"explain", "--help"},
                                             {"doctor", "--help"},
                                             {"-h"}}) {
    const ProgramResult ran = Lockcheck(arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, StartsWith("lockcheck"));
    if (arguments.size() == 2) {
      EXPECT_THAT(ran.out, HasSubstr("lockcheck " + arguments.front()));
    }
    EXPECT_EQ(ran.err, "");
  }
  // An option of the contender's is none of ours.
  EXPECT_EQ(Lockcheck({"doctor", "--", "false", "--help"}).status, 1);
}

TEST(LockcheckTest, WrongUsageIsSaidAndNothingIsDone) {
  const std::string unwritten = ::testing::TempDir() + "/unwritten";
  for (const auto& [arguments, why] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"judge"}, "there is no command \"judge\""},
           {{"run", "--fliter=x"}, "lockcheck run has no option --fliter"},
           {{"list", "--jobs=2"}, "lockcheck list has no option --jobs"},
           {{"run", "--filter"}, "--filter needs a value: --filter=..."},
           {{"run", "--jobs=0"}, "--jobs is a number from 1"},
           {{"run", "--jobs=many"}, "--jobs is a number from 1"},
           {{"run", "--seed=-1"}, "--seed is a number from 0"},
           {{"run", "--deadline=soon"}, "--deadline is a duration such as"},
           {{"run", "--deadline=10"}, "--deadline is a duration such as"},
           {{"run", "--deadline=-1s"}, "--deadline is a duration such as"},
           {{"doctor", "--deadline=0", "--", "x"}, "--deadline is a duration"},
           {{"run", "--color=red"}, "--color is auto, always or never"},
           {{"run", "--strict=maybe"}, "are on, or off with =false"},
           {{"list", "--markdown=maybe"}, "--markdown is on, or off"},
           {{"run", "--update-expected"}, "needs --expect=FILE"},
           {{"run", "--json=-", "--junit=-"}, "only one report"},
           {{"run", "--record-owner", "--", "x"}, "embedded reference alone"},
           {{"run", "--"}, "after -- comes the contender's command"},
           {{"run", "./contender"}, "A contender's command comes after --"},
           {{"doctor"}, "say after -- how to start the contender"},
           {{"explain"}, "say which requirement to explain"},
           {{"explain", "A.B", "C.D"}, "what is \"C.D\"?"},
           {{"list", "--", "x"}, "lockcheck list takes no contender"}}) {
    std::vector<std::string> all = arguments;
    if (all.front() == "run") {
      all.insert(all.begin() + 1, "--junit=" + unwritten);
    }
    const ProgramResult ran = Lockcheck(all);
    EXPECT_EQ(ran.status, 2) << why;
    EXPECT_THAT(ran.err, AllOf(StartsWith("lockcheck: "), HasSubstr(why),
                               HasSubstr("--help")));
    EXPECT_EQ(ran.out, "") << why;
  }
  EXPECT_FALSE(std::filesystem::exists(unwritten));
  const ProgramResult nothing = Lockcheck({});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("lockcheck run [OPTION...]"));
}

// ---- list and explain -------------------------------------------------------

TEST(ListTest, HasEachRequirementAtTheBeginningOfALine) {
  const ProgramResult all = Lockcheck({"list"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.out, HasSubstr("\nExclusion.SecondProcessIsRefused "));
  EXPECT_THAT(all.out, HasSubstr("[needs fork]\n"));
  const ProgramResult one =
      Lockcheck({"list", "--filter=Exclusion.SecondProcessIsRefused"});
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.out,
              StartsWith("Exclusion.SecondProcessIsRefused                 "
                         "  MUST\n    "));
  EXPECT_EQ(Lockcheck({"list", "--markdown"}).out,
            ReadWholeFile(Runfile("docs/specification.md")));
  const ProgramResult none = Lockcheck({"list", "--filter=No.Such"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("no requirement matches \"No.Such\""));
}

TEST(ExplainTest, SaysWhatAndWhy) {
  const ProgramResult ran =
      Lockcheck({"explain", "Inheritance.ChildReleaseKeepsLock"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out,
              AllOf(StartsWith("Inheritance.ChildReleaseKeepsLock  (MUST)\n"),
                    HasSubstr("\nWhy: "), HasSubstr("claims: fork"),
                    HasSubstr("lockcheck run --filter=")));
  const ProgramResult none = Lockcheck({"explain", "No.Such"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("there is no requirement \"No.Such\""));
}

// Of a requirement that names it; the other seed is a random number.
TEST(ExplainTest, SaysWhatTheSeedIs) {
  const char* const kSeed =
      "\nThe seed is the document of requirements that this project started "
      "from. The\nrandom number of --seed is another thing.\n";
  for (const char* id :
       {"RefusalLog.SeedsTranscript", "Exclusion.SecondProcessIsRefused"}) {
    EXPECT_THAT(Lockcheck({"explain", id}).out, HasSubstr(kSeed)) << id;
  }
  EXPECT_THAT(Lockcheck({"explain", "Protocol.EndOfInputEndsContender"}).out,
              Not(HasSubstr("seed")));
}

TEST(ExplainTest, TheChapterMayBeLeftOut) {
  EXPECT_EQ(Lockcheck({"explain", "ChildReleaseKeepsLock"}).out,
            Lockcheck({"explain", "Inheritance.ChildReleaseKeepsLock"}).out);
  EXPECT_EQ(Lockcheck({"explain", "ReleaseKeepsLock"}).status, 2);
}

// ---- docs -------------------------------------------------------------------

TEST(DocsTest, ArePrintedAsTheyAre) {
  const std::string specification =
      ReadWholeFile(Runfile("docs/specification.md"));
  for (const char* name :
       {"specification", "specification.md", "docs/specification.md"}) {
    const ProgramResult page = Lockcheck({"docs", name});
    EXPECT_EQ(page.status, 0) << page.err;
    EXPECT_EQ(page.out, specification);
  }
  const ProgramResult all = Lockcheck({"docs"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.out, AllOf(StartsWith("exploring "),
                             HasSubstr("\nprotocol               "),
                             HasSubstr("\nwriting_a_contender    ")));
  const ProgramResult none = Lockcheck({"docs", "nothing"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("there is no page \"nothing\""));
}

// ---- run --------------------------------------------------------------------

TEST(RunTest, AsExpectedIsZero) {
  const ProgramResult reference =
      Lockcheck({"run", "--filter=Exclusion.Second*"});
  EXPECT_EQ(reference.status, 0) << reference.out << reference.err;
  EXPECT_THAT(reference.out,
              AllOf(HasSubstr("lockfile 0.1  (linked in)\n"),
                    HasSubstr("claims: become cancel catch chdir"),
                    HasSubstr("\nExclusion\n"),
                    HasSubstr("  pass        SecondProcessIsRefused\n")));
  EXPECT_EQ(reference.err, "");
  const ProgramResult other =
      Lockcheck({"run", kOne, "--", Contender("good.sh", {})});
  // It does not lock, but it has a process of its own.
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(
      Lockcheck({"run", "--record-owner", "--filter=OwnerRecord.*"}).status, 0);
}

TEST(RunTest, NotAsExpectedIsOneAndIsExplained) {
  const ProgramResult ran =
      Lockcheck({"run", kOne, "--seed=7", "--deadline=20s", "--", Broken()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(
      ran.out,
      AllOf(HasSubstr("VIOLATION  Exclusion.SecondProcessIsRefused  (MUST)\n"),
            HasSubstr("  promise:   "), HasSubstr("  because:   "),
            HasSubstr("  expected:  B is refused (busy)"),
            HasSubstr("  happened:  B answered acquired\n"),
            HasSubstr("  judged:    unexpected violation\n"),
            HasSubstr("  history:\n"), HasSubstr("A  > acquire a $DIR/lock 0"),
            HasSubstr("1 requirement: 1 violation"),
            HasSubstr("1 not as expected.")));
  // The command that it prints runs the one check again, wherever one types it.
  const size_t at = ran.out.find("  again:     ");
  ASSERT_NE(at, std::string::npos);
  const std::string again =
      ran.out.substr(at + 13, ran.out.find('\n', at) - at - 13);
  EXPECT_THAT(again, HasSubstr("--seed=7 --deadline=20s -- "));
  ProgramOptions elsewhere = Outside();
  elsewhere.directory = "/";
  const ProgramResult second = RunProgram({"sh", "-c", again}, elsewhere);
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.out, HasSubstr("happened:  B answered acquired\n"));
}

TEST(RunTest, NothingExecutedIsTwo) {
  // All that is selected needs what the reference does not claim by default.
  const ProgramResult unsupported =
      Lockcheck({"run", "--filter=OwnerRecord.RecordNamesHolder"});
  EXPECT_EQ(unsupported.status, 2);
  EXPECT_THAT(unsupported.err, HasSubstr("nothing was executed"));
  const ProgramResult not_here =
      Lockcheck({"run", "--",
                 MakeScript("not_here.sh",
                            "#!/bin/sh\necho no zclock here >&2\n"
                            "exit 69\n")});
  EXPECT_EQ(not_here.status, 2);
  EXPECT_THAT(not_here.err, AllOf(HasSubstr("no zclock here"),
                                  HasSubstr("nothing was executed")));
  // The filter is named as it was typed.
  const ProgramResult no_match = Lockcheck({"run", "--filter=No.*"});
  EXPECT_EQ(no_match.status, 2);
  EXPECT_THAT(no_match.err, HasSubstr("no requirement matches \"No.*\";"));
  const ProgramResult left_out =
      Lockcheck({"run", "--filter=*.CrashAtAnyCall*"});
  EXPECT_EQ(left_out.status, 2);
  EXPECT_THAT(left_out.err,
              AllOf(HasSubstr("\"*.CrashAtAnyCall*\" matches the chapter"),
                    HasSubstr("--systematic")));
}

TEST(RunTest, ContenderThatCannotBeStartedIsTwo) {
  const ProgramResult ran = Lockcheck({"run", "--", "./no such contender"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("cannot start ./no such contender: No such file"),
                    HasSubstr("doctor -- './no such contender'` looks into")));
}

TEST(RunTest, ContenderThatSaysNothingIsOne) {
  const ProgramResult silent =
      Lockcheck({"run", "--deadline=200ms", "--", "sleep", "100000"});
  EXPECT_EQ(silent.status, 1);
  // Once, and not for each requirement.
  EXPECT_EQ(silent.out, "");
  EXPECT_THAT(silent.err,
              AllOf(HasSubstr("the contender did not introduce itself: A gave "
                              "no answer"),
                    HasSubstr("doctor -- sleep 100000")));
  const ProgramResult dead =
      Lockcheck({"run", "--", "sh", "-c", "echo the reason >&2; exit 3"});
  EXPECT_EQ(dead.status, 1);
  EXPECT_THAT(dead.err, AllOf(HasSubstr("A exited with status 3"),
                              HasSubstr("the reason")));
}

// A contender's output is bounded, and so is the time in which it says nothing
// that is asked.
TEST(RunTest, FloodIsNonsenseAndEnds) {
  const auto flooded = [](const std::string& name, const std::string& with) {
    return Lockcheck(
        {"run", kOne, "--deadline=20s", "--",
         Contender(name, {{"answer acquired", with + "; answer acquired"}})});
  };
  const ProgramResult logs = flooded("logs.sh", "exec yes 'log INFO x'");
  EXPECT_EQ(logs.status, 1);
  EXPECT_THAT(logs.out, AllOf(HasSubstr("PROTOCOL"),
                              HasSubstr("A wrote more than 10000 log events")));
  const ProgramResult long_logs =
      flooded("long_logs.sh",
              "printf -v x '%100000s' ''; exec yes \"log INFO ${x// /y}\"");
  EXPECT_THAT(long_logs.out,
              AllOf(HasSubstr("PROTOCOL"), HasSubstr("log events (4")));
  EXPECT_LT(long_logs.out.size(), 1'000'000);
  const ProgramResult line = flooded("line.sh", "exec tr '\\0' x </dev/zero");
  EXPECT_THAT(line.out, HasSubstr("PROTOCOL"));
  EXPECT_LT(line.out.size(), 100'000);
}

// ---- Expected failures ------------------------------------------------------

ProgramResult RunExpecting(absl::string_view text, const std::string& contender,
                           std::vector<std::string> more = {kOne}) {
  more.insert(more.begin(), "run");
  more.push_back("--expect=" + MakeScript("expected.txt", text, false));
  if (!contender.empty()) {
    more.push_back("--");
    more.push_back(contender);
  }
  return Lockcheck(more);
}

TEST(ExpectTest, ExpectedFailureIsNone) {
  const ProgramResult ran = RunExpecting(
      "# why\nExclusion.SecondProcessIsRefused violation It locks nothing.\n",
      Broken());
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("expected: It locks nothing."),
                             HasSubstr("1 failure was expected")));
}

TEST(ExpectTest, StaleOrChangedIsOne) {
  const ProgramResult stale = RunExpecting(
      "\nExclusion.SecondProcessIsRefused violation It locks nothing.\n", "");
  EXPECT_EQ(stale.status, 1);
  EXPECT_THAT(stale.out, HasSubstr("stale: line 2 expects a violation, but it "
                                   "passes; remove the line"));
  const ProgramResult changed = RunExpecting(
      "Exclusion.SecondProcessIsRefused hang It waits.\n", Broken());
  EXPECT_EQ(changed.status, 1);
  EXPECT_THAT(changed.out, HasSubstr("line 1 expects a hang, not a violation"));
}

TEST(ExpectTest, FileThatMakesNoSenseIsTwo) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{
           {"No.Such violation x\n", "line 1: there is no requirement"},
           {"Exclusion.SecondProcessIsRefused pass x\n", "cannot be expected"},
           {"Exclusion.SecondProcessIsRefused crash\n",
            "say after the verdict"}}) {
    const ProgramResult ran = RunExpecting(text, "");
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("expected.txt: "), HasSubstr(why)));
    EXPECT_EQ(ran.out, "");
  }
  const ProgramResult missing =
      Lockcheck({"run", kOne, "--expect=/no/such/file"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("cannot read /no/such/file"));
}

TEST(ExpectTest, AfterUpdatingEverythingIsExpected) {
  const std::string contender = Broken();
  const std::string file = MakeScript(
      "update.txt",
      "# mine\n"
      "Persistence.FileExistsWhileHeld violation It does not.\n"
      "Inheritance.LivingChildKeepsLock violation Not claimed any more.\n",
      false);
  const std::string expect = "--expect=" + file;
  const std::string filter =
      "--filter=Exclusion.Second*:Persistence.FileExistsW*:Inheritance.Living*";
  EXPECT_EQ(
      Lockcheck({"run", "--strict", filter, expect, "--", contender}).status,
      1);
  const ProgramResult update =
      Lockcheck({"run", "--strict", filter, expect, "--update-expected", "--",
                 contender});
  EXPECT_EQ(update.status, 0);
  EXPECT_THAT(update.err, HasSubstr("wrote " + file));
  const std::string updated = ReadWholeFile(file);
  EXPECT_THAT(
      updated,
      AllOf(StartsWith("# mine\n"),
            HasSubstr("Exclusion.SecondProcessIsRefused violation B "
                      "answered acquired\n"),
            Not(HasSubstr("Persistence")), Not(HasSubstr("Inheritance"))));
  EXPECT_EQ(
      Lockcheck({"run", "--strict", filter, expect, "--", contender}).status,
      0);
  // And once more changes nothing.
  Lockcheck({"run", filter, expect, "--update-expected", "--", contender});
  EXPECT_EQ(ReadWholeFile(file), updated);
}

TEST(ExpectTest, UpdateBeginsAFileThatIsMissing) {
  const std::string file = ::testing::TempDir() + "/begun.txt";
  EXPECT_EQ(Lockcheck({"run", kOne, "--expect=" + file, "--update-expected",
                       "--", Broken()})
                .status,
            0);
  EXPECT_THAT(ReadWholeFile(file),
              StartsWith("Exclusion.SecondProcessIsRefused violation "));
}

}  // namespace
}  // namespace conformance
