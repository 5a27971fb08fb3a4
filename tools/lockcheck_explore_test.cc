// lockcheck explore and replay from end to end, as a person meets them.

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ProgramOptions Outside() {
  ProgramOptions options;
  options.environment = {{"BUILD_WORKING_DIRECTORY", ""},
                         {"BUILD_WORKSPACE_DIRECTORY", ""},
                         {"TERM", "xterm"},
                         {"TMPDIR", ::testing::TempDir()}};
  return options;
}

ProgramResult Lockcheck(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), Runfile("tools/lockcheck"));
  return RunProgram(arguments, Outside());
}

// Locks by a folder, which a crash leaves behind; or not at all.
constexpr absl::string_view kContender = R"(#!/bin/bash
while read -r word handle path wait; do
  case $word in
    hello) echo hello lockfile-contender/1 name=sh version=1 pid=$$ can= ;;
    acquire)
      if mkdir "$path" 2>/dev/null; then
        held=$path
        echo acquired "$handle"
      else
        echo busy "$handle"
      fi ;;
    release) rmdir "$held"; echo released "$handle" ;;
    *) echo unsupported ;;
  esac
done
)";

std::string FolderLock() { return MakeScript("folder.sh", kContender); }
std::string NoLock() {
  return MakeScript("none.sh",
                    absl::StrReplaceAll(kContender, {{"busy", "acquired"}}));
}

// The text between quotes after "replay ".
std::string ScheduleIn(const std::string& text) {
  const size_t begin = text.find("replay '");
  if (begin == std::string::npos) return "";
  const std::vector<std::string> parts =
      absl::StrSplit(text.substr(begin), '\'');
  return parts.size() > 1 ? parts[1] : "";
}

TEST(ExploreTest, Helps) {
  for (const char* command : {"explore", "replay"}) {
    const ProgramResult ran = Lockcheck({command, "--help"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, AllOf(HasSubstr(absl::StrCat("lockcheck ", command)),
                               HasSubstr("Exit status: 0 no violation")));
  }
  EXPECT_THAT(Lockcheck({"--help"}).out,
              AllOf(HasSubstr("lockcheck explore"), HasSubstr("replay")));
}

TEST(ExploreTest, WrongUsageIsSaidAndNothingIsDone) {
  for (const auto& [arguments, message] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"explore", "--contenders=1"}, "--contenders is a number from 2"},
           {{"explore", "--contenders=x"}, "--contenders is a number from 2"},
           {{"explore", "--cycles=0"}, "--cycles is a number from 1"},
           {{"explore", "--cycles=1,2", "--contenders=3"}, "or 3 with commas"},
           {{"explore", "--preemptions=-1"}, "--preemptions is a number"},
           {{"explore", "--budget=soon"}, "--budget is a duration"},
           {{"explore", "--search=some"}, "--search is all, random or pct"},
           {{"explore", "--crash=maybe"}, "--crash and --errors are on"},
           {{"explore", "--seed=-1"}, "--seed is a number from 0"},
           {{"explore", "--jobs=0"}, "--jobs is a number from 1"},
           {{"explore", "--times=2"}, "explore has no option --times"},
           {{"explore", "more"}, "what is \"more\"?"},
           {{"explore", "--"}, "after -- comes the contender's command"},
           {{"explore", "--record-owner", "--", "x"}, "embedded reference"},
           {{"replay"}, "say which schedule to replay"},
           {{"replay", "v1 contenders=2"}, "is where cycles= should be"},
           {{"replay", "no-such-file"}, "cannot read no-such-file"},
           {{"replay", "/tmp"}, "/tmp is a folder"},
           {{"replay", "v2 contenders=2 cycles=1,1 initial=empty steps=a"},
            "begins with \"v2\""},
           {{"replay", "/dev/zero"}, "/dev/zero has more than 4 MiB"},
           {{"replay", "-"}, "there is no schedule in it"},
           {{"replay", "--times=0", "x"}, "--times is a number from 1"},
           {{"replay", "v1 contenders=1 cycles=1 initial=moon steps=a"},
            "there is no initial state \"moon\"; there are empty, leftover"},
       }) {
    const ProgramResult ran = Lockcheck(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST(ExploreTest, WhereNothingWasRunNothingIsGood) {
  const ProgramResult ran = Lockcheck({"explore", "--budget=1us"});
  EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("no schedule was run in the time"),
                             Not(HasSubstr("no violation"))));
}

TEST(ExploreTest, TooLittleIsNoPass) {
  // The first that is enough for a look, on this machine, is far from enough
  // for all.
  ProgramResult ran;
  absl::Duration budget = absl::Milliseconds(300);
  do {
    ran = Lockcheck({"explore", "--cycles=9,9", "--nocrash", "--noerrors",
                     "--contenders=2",
                     absl::StrCat("--budget=", absl::FormatDuration(budget))});
    budget *= 2;
  } while (ran.status == 2 && budget < absl::Minutes(5));
  EXPECT_EQ(ran.status, 3) << ran.out << ran.err;
  const std::string first = ran.out.substr(0, ran.out.find('\n'));
  EXPECT_THAT(first, AllOf(HasSubstr("no violation in "),
                           HasSubstr(" searches incomplete")));
}

TEST(ExploreTest, TheBudgetEndsWhatHangs) {
  // Instead of a refusal there is silence, for which there is much patience.
  const std::string silent = MakeScript(
      "silent.sh", absl::StrReplaceAll(
                       kContender, {{"echo busy \"$handle\"", "sleep 1000"}}));
  const absl::Time begun = absl::Now();
  const ProgramResult ran = Lockcheck(
      {"explore", "--budget=2s", "--deadline=10m", "--noerrors", "--", silent});
  // No pass, and no violation: it was waited for less than its deadline.
  EXPECT_THAT(ran.status, AnyOf(2, 3)) << ran.out << ran.err;
  EXPECT_LT(absl::Now() - begun, absl::Minutes(1));
}

TEST(ExploreTest, TheBudgetEndsTheLookAtWhatAnswersSlowly) {
  // Each answer comes in time, but those that show what the lock is take longer
  // together than half of the budget.
  const std::string slow = MakeScript(
      "slow.sh",
      absl::StrReplaceAll(kContender,
                          {{"case $word in", "sleep 0.3; case $word in"}}));
  const ProgramResult ran = Lockcheck(
      {"explore", "--budget=2s", "--deadline=10m", "--noerrors", "--", slow});
  EXPECT_THAT(ran.status, AnyOf(2, 3)) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("profile: not known\n"),
                             HasSubstr("the time was too short to see")));
}

TEST(ExploreTest, ContendersObeyPermissionsIfAskedFor) {
  // Can't read what it has made, unless permissions are nothing to it.
  const std::string contender = MakeScript(
      "mode.sh",
      absl::StrReplaceAll(kContender,
                          {{R"(mkdir "$path" 2>/dev/null)",
                            R"(( umask 777; : >"$path" ) && : <"$path")"},
                           {"rmdir", "rm -f"}}));
  const std::string schedule = "v1 contenders=1 cycles=1 initial=empty steps=a";
  if (::geteuid() == 0) {
    const ProgramResult any = Lockcheck({"replay", schedule, "--", contender});
    EXPECT_EQ(any.status, 0) << any.out << any.err;
  }
  const ProgramResult obeys =
      Lockcheck({"replay", schedule, "--ordinary-user", "--", contender});
  // Nobody may read it: so it is refused.
  EXPECT_EQ(obeys.status, 1) << obeys.out << obeys.err;
}

TEST(ExploreTest, TheReferencePassesAndIsCertified) {
  const ProgramResult ran =
      Lockcheck({"explore", "--cycles=1", "--stats", "--budget=10m"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  // As it was before its lines were broken.
  EXPECT_THAT(
      absl::StrReplaceAll(ran.out, {{"\n            ", " "}}),
      AllOf(
          HasSubstr("lockfile "), HasSubstr("no violation in "),
          HasSubstr("complete    2 contenders, cycles 1,1: every interleaving "
                    "up to equivalence "),
          HasSubstr("; from empty folder, empty file left over, "),
          HasSubstr("one of them killed before or after any call"),
          HasSubstr("one call failing with each error, or cut short"),
          HasSubstr("calls seen  "), HasSubstr("unseen      memory maps"),
          HasSubstr("schedules/s"), Not(HasSubstr("INCOMPLETE")),
          Not(HasSubstr("\x1b"))));
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST(ExploreTest, AViolationIsShownAndReplays) {
  const std::string contender = NoLock();
  const ProgramResult ran =
      Lockcheck({"explore", "--cycles=1", "--preemptions=0", "--nocrash",
                 "--noerrors", "--budget=10m", "--", contender});
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("two hold: contender"), HasSubstr("> acquire"),
                    HasSubstr("*** two hold"), HasSubstr("kind of violation")));
  const std::string schedule = ScheduleIn(ran.out);
  ASSERT_THAT(schedule, HasSubstr("v1 contenders=2"));

  const ProgramResult again =
      Lockcheck({"replay", schedule, "--times=10", "--", contender});
  EXPECT_EQ(again.status, 1) << again.out << again.err;
  EXPECT_THAT(again.out, AllOf(HasSubstr("*** two hold"),
                               HasSubstr("the same in 10 of 10 replays")));

  const std::string path = ::testing::TempDir() + "/schedule";
  std::ofstream(path) << "# as it was found\n\n" << schedule << "\n";
  EXPECT_EQ(Lockcheck({"replay", path, "--", contender}).status, 1);
  const ProgramResult piped =
      RunProgram({"/bin/sh", "-c", R"(echo "$1" | "$2" replay - -- "$3")", "sh",
                  schedule, Runfile("tools/lockcheck"), contender},
                 Outside());
  EXPECT_EQ(piped.status, 1) << piped.out << piped.err;

  // The same on a lock that is one.
  const ProgramResult other =
      Lockcheck({"replay", schedule, "--", FolderLock()});
  EXPECT_EQ(other.status, 0) << other.out << other.err;
  EXPECT_THAT(other.out, HasSubstr("no violation"));

  // For somebody who has mended the one, or not.
  const ProgramResult broken =
      Lockcheck({"replay", "--continue", schedule, "--", contender});
  EXPECT_EQ(broken.status, 1) << broken.out << broken.err;
  EXPECT_THAT(broken.out, HasSubstr("\nstill broken: two hold: "));
  const ProgramResult mended =
      Lockcheck({"replay", "--continue", schedule, "--", FolderLock()});
  EXPECT_EQ(mended.status, 0) << mended.out << mended.err;
  EXPECT_THAT(mended.out, HasSubstr("\nmended: no violation"));
}

TEST(ExploreTest, ShardsAreMerged) {
  const std::string contender = NoLock();
  std::vector<std::string> merge = {"merge"};
  for (const char* shard : {"1", "2"}) {
    const std::string path =
        absl::StrCat(::testing::TempDir(), "/shard", shard, ".json");
    merge.push_back(path);
    const ProgramResult ran = Lockcheck(
        {"explore", "--cycles=1", "--preemptions=0", "--nocrash", "--noerrors",
         "--budget=10m", absl::StrCat("--shard=", shard, "/2"),
         "--json=" + path, "--", contender});
    EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(absl::StrCat("shard       ", shard,
                                                " of 2: a share")));
  }
  const ProgramResult merged = Lockcheck(merge);
  EXPECT_EQ(merged.status, 1) << merged.out << merged.err;
  EXPECT_THAT(merged.out,
              AllOf(HasSubstr("two hold"), HasSubstr("-- " + contender),
                    Not(HasSubstr("a share"))));
  merge.pop_back();
  const ProgramResult one = Lockcheck(merge);
  EXPECT_EQ(one.status, 1) << one.out << one.err;
  EXPECT_THAT(one.out, HasSubstr("1 of 2: a share"));
  // A report that somebody else has written.
  nlohmann::json report = nlohmann::json::parse(ReadWholeFile(merge[1]));
  report["searches"][0]["search"] = "red \033[31m";
  report["searches"][0]["why"] = "blue \033[34m";
  report["late_because"] = "a bell \007";
  std::ofstream(merge[1]) << report.dump();
  const ProgramResult hostile = Lockcheck(merge);
  EXPECT_EQ(hostile.status, 1) << hostile.err;
  EXPECT_THAT(hostile.out,
              AllOf(Not(HasSubstr("\033")), Not(HasSubstr("\007"))));
  report["options"] = " --seed=1; echo";
  std::ofstream(merge[1]) << report.dump();
  EXPECT_THAT(Lockcheck(merge).err, HasSubstr("something else than options\n"));
  const ProgramResult wrong = Lockcheck({"merge", contender});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr(" is no report of lockcheck explore"));
}

TEST(ExploreTest, ALockThatStaysAfterACrashIsFound) {
  const std::string contender = FolderLock();
  const ProgramResult ran =
      Lockcheck({"explore", "--cycles=1", "--noerrors", "--json=-",
                 "--profile=kernel-lock", "--", contender});
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  // The report is alone on standard output.
  const auto json = nlohmann::json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << ran.out;
  bool killed = false;
  for (const auto& search : json["searches"]) {
    for (const auto& finding : search["findings"]) {
      killed |=
          absl::StrContains(finding["schedule"].get<std::string>(), "!kill");
    }
  }
  EXPECT_TRUE(killed);
  EXPECT_THAT(ran.err, HasSubstr("SIGKILL"));
}

TEST(ExploreTest, AScheduleThatIsImpossibleIsTwo) {
  const ProgramResult ran =
      Lockcheck({"replay", "v1 contenders=1 cycles=1 initial=empty steps=a99",
                 "--", FolderLock()});
  EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("recorded with this implementation?"));

  const ProgramResult adapted = Lockcheck(
      {"replay", "--continue",
       "v1 contenders=1 cycles=1 initial=empty steps=a99", "--", FolderLock()});
  EXPECT_EQ(adapted.status, 3) << adapted.out << adapted.err;
  EXPECT_THAT(adapted.out,
              HasSubstr("\nanother path now: nobody can run after step "));
  // The schedule that was played instead is possible.
  const size_t quote = adapted.out.find("'v1 ");
  ASSERT_NE(quote, std::string::npos) << adapted.out;
  const std::string played = adapted.out.substr(
      quote + 1, adapted.out.find('\'', quote + 1) - quote - 1);
  EXPECT_EQ(Lockcheck({"replay", played, "--", FolderLock()}).status, 0)
      << played;
}

TEST(ExploreTest, ContenderThatCannotBeStartedIsTwo) {
  for (const char* command : {"explore", "replay"}) {
    std::vector<std::string> arguments = {command};
    if (std::string(command) == "replay") {
      arguments.emplace_back("v1 contenders=1 cycles=1 initial=empty steps=a");
    }
    arguments.insert(arguments.end(), {"--", "/no/such/program"});
    const ProgramResult ran = Lockcheck(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr("/no/such/program: No such file"));
  }
}

TEST(ExploreTest, RunLeavesItOutUnlessAsked) {
  const ProgramResult without =
      Lockcheck({"run", "--filter=Crash.SigkillFrees"});
  EXPECT_EQ(without.status, 0);
  EXPECT_THAT(without.out, HasSubstr("--systematic"));
  const ProgramResult with =
      Lockcheck({"run", "--filter=Systematic.CrashAtAnyCallFrees"});
  EXPECT_EQ(with.status, 0) << with.out << with.err;
  EXPECT_THAT(with.out,
              AllOf(HasSubstr("CrashAtAnyCallFrees was shown by"),
                    HasSubstr("calls seen"), Not(HasSubstr("--systematic"))));
}

}  // namespace
}  // namespace conformance
