#include "conformance/cli/command_line.h"

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/surroundings.h"
#include "conformance/cli/version.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/testing/program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A command that shows how the reference was asked to be.
ContenderSource FakeReference(const ReferenceOptions& options) {
  ContenderSource source;
  source.command = {"reference"};
  if (options.record_owner) source.command.emplace_back("records");
  if (options.cancel) source.command.emplace_back("cancels");
  return source;
}

absl::StatusOr<AnyCommand> Parse(const std::vector<std::string>& arguments,
                                 const Surroundings& surroundings = {}) {
  return ParseCommandLine(arguments, surroundings, &FakeReference);
}

// The command, which must be of that kind.
template <typename Command>
Command ParseAs(const std::vector<std::string>& arguments,
                const Surroundings& surroundings = {}) {
  absl::StatusOr<AnyCommand> command = Parse(arguments, surroundings);
  if (!command.ok() || !std::holds_alternative<Command>(*command)) {
    ADD_FAILURE() << command.status();
    return {};
  }
  return std::get<Command>(*std::move(command));
}

// ---- run --------------------------------------------------------------------

TEST(RunLineTest, HasDefaults) {
  Surroundings surroundings;
  surroundings.processors = 7;
  const auto run = ParseAs<RunCommand>({"run"}, surroundings);
  EXPECT_THAT(run.source.command, ElementsAre("reference", "cancels"));
  EXPECT_EQ(run.invocation.program, "lockcheck");
  EXPECT_EQ(run.invocation.options, "");
  EXPECT_EQ(run.filter, "*");
  EXPECT_FALSE(run.systematic);
  EXPECT_EQ(run.expected_path, "");
  EXPECT_FALSE(run.update_expected);
  EXPECT_EQ(run.json_path, "");
  EXPECT_EQ(run.junit_path, "");
  EXPECT_EQ(run.seed, 1U);
  EXPECT_EQ(run.jobs, 7);
  EXPECT_EQ(run.deadline, absl::Seconds(10));
  EXPECT_EQ(run.profile, "");
  EXPECT_EQ(run.hold, absl::Milliseconds(6300));
  EXPECT_FALSE(run.strict);
  EXPECT_FALSE(run.verbose);
  EXPECT_FALSE(run.colors);
  EXPECT_FALSE(run.progress);
  EXPECT_EQ(run.width, 80U);
}

TEST(RunLineTest, HasOptions) {
  const auto run = ParseAs<RunCommand>(
      {"run", "--filter=Paths.*", "--systematic", "--expect=e",
       "--update_expected", "--json=j", "--junit=-", "--seed=3", "--jobs=2",
       "--deadline=1s", "--profile=seed", "--hold=1h", "--strict", "--verbose",
       "--color=always", "--", "x", "--strict", "--help"});
  EXPECT_THAT(run.source.command, ElementsAre("x", "--strict", "--help"));
  EXPECT_EQ(run.filter, "Paths.*");
  EXPECT_TRUE(run.systematic);
  EXPECT_EQ(run.expected_path, "e");
  EXPECT_TRUE(run.update_expected);
  EXPECT_EQ(run.json_path, "j");
  EXPECT_EQ(run.junit_path, "-");
  EXPECT_EQ(run.seed, 3U);
  EXPECT_EQ(run.jobs, 2);
  EXPECT_EQ(run.deadline, absl::Seconds(1));
  EXPECT_EQ(run.profile, "seed");
  EXPECT_EQ(run.hold, absl::Hours(1));
  EXPECT_TRUE(run.strict);
  EXPECT_TRUE(run.verbose);
  EXPECT_TRUE(run.colors);
}

TEST(RunLineTest, RepeatsOptionsThatChangeAVerdict) {
  const auto run = ParseAs<RunCommand>(
      {"run", "--record-owner", "--jobs=2", "--seed=3", "--color=never",
       "--json=j", "--deadline=1s", "--hold=1h", "--profile=seed", "--strict"});
  // Of the seed the command knows by itself.
  for (const char* option : {" --record-owner", " --deadline=1s", " --hold=1h",
                             " --profile=seed", " --strict"}) {
    EXPECT_THAT(run.invocation.options, HasSubstr(option));
  }
  const std::vector<std::string> options =
      absl::StrSplit(run.invocation.options, ' ', absl::SkipEmpty());
  EXPECT_THAT(options, SizeIs(5));
}

TEST(RunLineTest, TheReferenceCancelsWhereNothingIsExplored) {
  EXPECT_THAT(ParseAs<RunCommand>({"run", "--systematic"}).source.command,
              ElementsAre("reference"));
  EXPECT_THAT(
      ParseAs<RunCommand>({"run", "--filter=Systematic.*"}).source.command,
      ElementsAre("reference"));
  EXPECT_THAT(ParseAs<RunCommand>({"run", "--record-owner"}).source.command,
              ElementsAre("reference", "records", "cancels"));
}

TEST(RunLineTest, SeedZeroChoosesOne) {
  EXPECT_NE(ParseAs<RunCommand>({"run", "--seed=0"}).seed, 0U);
}

// ---- list, explain and doctor -----------------------------------------------

TEST(ListLineTest, HasOptions) {
  EXPECT_EQ(ParseAs<ListCommand>({"list"}).filter, "*");
  EXPECT_FALSE(ParseAs<ListCommand>({"list"}).markdown);
  EXPECT_EQ(ParseAs<ListCommand>({"list", "--filter=A.*"}).filter, "A.*");
  EXPECT_TRUE(ParseAs<ListCommand>({"list", "--markdown"}).markdown);
}

TEST(ExplainLineTest, HasAnId) {
  EXPECT_EQ(ParseAs<ExplainCommand>({"explain", "A.B"}).id, "A.B");
  EXPECT_EQ(ParseAs<DocsCommand>({"docs"}).page, "");
  EXPECT_EQ(ParseAs<DocsCommand>({"docs", "protocol"}).page, "protocol");
}

TEST(DoctorLineTest, HasOptionsAndAContender) {
  const auto doctor = ParseAs<DoctorCommand>(
      {"doctor", "--deadline=1s", "--color=always", "--", "x"});
  EXPECT_THAT(doctor.source.command, ElementsAre("x"));
  EXPECT_EQ(doctor.deadline, absl::Seconds(1));
  EXPECT_TRUE(doctor.colors);
  EXPECT_EQ(ParseAs<DoctorCommand>({"doctor", "--", "x"}).deadline,
            absl::Seconds(5));
}

// ---- explore and replay -----------------------------------------------------

TEST(ExploreLineTest, HasDefaults) {
  Surroundings surroundings;
  surroundings.processors = 3;
  const auto explore = ParseAs<ExploreCommand>({"explore"}, surroundings);
  EXPECT_THAT(explore.source.command, ElementsAre("reference"));
  EXPECT_THAT(explore.plan.cycles, ElementsAre(2, 2));
  EXPECT_EQ(explore.plan.preemptions, std::nullopt);
  EXPECT_TRUE(explore.plan.crashes);
  EXPECT_TRUE(explore.plan.crash_states);
  EXPECT_TRUE(explore.plan.failures);
  EXPECT_EQ(explore.plan.order, explorer::Search::Order::kExhaustive);
  EXPECT_EQ(explore.plan.seed, 1U);
  EXPECT_EQ(explore.budget, absl::Seconds(60));
  EXPECT_EQ(explore.deadline, absl::Seconds(10));
  EXPECT_FALSE(explore.ordinary_user);
  EXPECT_FALSE(explore.keep_going);
  EXPECT_FALSE(explore.statistics);
  EXPECT_EQ(explore.jobs, 3);
  EXPECT_TRUE(explore.shard.is_whole());
  EXPECT_EQ(explore.json_path, "");
}

TEST(ExploreLineTest, HasOptions) {
  const auto explore = ParseAs<ExploreCommand>({"explore",
                                                "--contenders=3",
                                                "--cycles=2,1,1",
                                                "--preemptions=1",
                                                "--profile=existence-lock",
                                                "--nocrash",
                                                "--noerrors",
                                                "--search=pct",
                                                "--budget=10m",
                                                "--seed=9",
                                                "--ordinary-user",
                                                "--keep-going",
                                                "--stats",
                                                "--jobs=2",
                                                "--shard=2/3",
                                                "--json=-",
                                                "--deadline=1s",
                                                "--color=always",
                                                "--",
                                                "x"});
  EXPECT_THAT(explore.source.command, ElementsAre("x"));
  EXPECT_THAT(explore.plan.cycles, ElementsAre(2, 1, 1));
  EXPECT_EQ(explore.plan.preemptions, 1);
  EXPECT_FALSE(explore.plan.crashes);
  EXPECT_FALSE(explore.plan.crash_states);
  EXPECT_FALSE(explore.plan.failures);
  EXPECT_EQ(explore.plan.order, explorer::Search::Order::kPct);
  EXPECT_EQ(explore.plan.seed, 9U);
  EXPECT_EQ(explore.profile, "existence-lock");
  EXPECT_EQ(explore.budget, absl::Minutes(10));
  EXPECT_EQ(explore.deadline, absl::Seconds(1));
  EXPECT_TRUE(explore.ordinary_user);
  EXPECT_TRUE(explore.keep_going);
  EXPECT_TRUE(explore.statistics);
  EXPECT_EQ(explore.jobs, 2);
  EXPECT_EQ(explore.shard.ToString(), "shard 2 of 3");
  EXPECT_EQ(explore.json_path, "-");
  EXPECT_TRUE(explore.colors);
}

TEST(ExploreLineTest, CyclesAndContendersDependOnEachOther) {
  const auto cycles = [](std::vector<std::string> options) {
    options.insert(options.begin(), "explore");
    return ParseAs<ExploreCommand>(options).plan.cycles;
  };
  EXPECT_THAT(cycles({"--contenders=3"}), ElementsAre(1, 1, 1));
  EXPECT_THAT(cycles({"--cycles=3"}), ElementsAre(3, 3));
  EXPECT_THAT(cycles({"--cycles=1,2,3"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(cycles({"--cycles=3", "--contenders=3"}), ElementsAre(3, 3, 3));
  EXPECT_EQ(ParseAs<ExploreCommand>({"explore", "--preemptions=all"})
                .plan.preemptions,
            explorer::TreeSearch::kNoBound);
}

TEST(ExploreLineTest, ReplayKnowsEachOptionThatIsRepeated) {
  const auto explore = ParseAs<ExploreCommand>(
      {"explore", "--profile=seed", "--record-owner", "--ordinary-user",
       "--deadline=1s", "--nocrash", "--keep-going", "--seed=2"});
  std::vector<std::string> replay = {"replay", "v1"};
  for (const absl::string_view option :
       absl::StrSplit(explore.invocation.options, ' ', absl::SkipEmpty())) {
    replay.emplace_back(option);
  }
  const auto command = ParseAs<ReplayCommand>(replay);
  EXPECT_TRUE(command.ordinary_user);
  EXPECT_EQ(command.deadline, absl::Seconds(1));
  EXPECT_THAT(command.source.command, ElementsAre("reference", "records"));
}

TEST(MergeLineTest, HasOptionsAndReports) {
  const auto merge = ParseAs<MergeCommand>(
      {"merge", "one", "--stats", "another", "--json=-", "--color=always"});
  EXPECT_THAT(merge.paths, ElementsAre("one", "another"));
  EXPECT_TRUE(merge.statistics);
  EXPECT_EQ(merge.json_path, "-");
  EXPECT_TRUE(merge.colors);
  EXPECT_THAT(ParseAs<MergeCommand>({"merge", "one"}).paths,
              ElementsAre("one"));
}

TEST(ReplayLineTest, HasOptionsAndASchedule) {
  const auto replay = ParseAs<ReplayCommand>(
      {"replay", "--times=3", "--continue", "v1 contenders=2", "--deadline=1s",
       "--ordinary-user", "--color=always", "--", "x", "y"});
  EXPECT_THAT(replay.source.command, ElementsAre("x", "y"));
  EXPECT_EQ(replay.schedule, "v1 contenders=2");
  EXPECT_EQ(replay.times, 3);
  EXPECT_TRUE(replay.adapt);
  EXPECT_EQ(replay.deadline, absl::Seconds(1));
  EXPECT_TRUE(replay.ordinary_user);
  EXPECT_TRUE(replay.colors);
  const auto plain = ParseAs<ReplayCommand>({"replay", "-"});
  EXPECT_THAT(plain.source.command, ElementsAre("reference"));
  EXPECT_EQ(plain.schedule, "-");
  EXPECT_EQ(plain.times, 1);
  EXPECT_FALSE(plain.adapt);
  EXPECT_EQ(plain.deadline, absl::Seconds(10));
}

// ---- All of them ------------------------------------------------------------

TEST(CommandLineTest, SurroundingsDecideWhatNoOptionSays) {
  Surroundings terminal;
  terminal.program = "./lockcheck";
  terminal.draws_on_output = terminal.draws_on_errors = terminal.colors = true;
  terminal.width = 132;
  const auto run = ParseAs<RunCommand>({"run"}, terminal);
  EXPECT_TRUE(run.colors);
  EXPECT_TRUE(run.progress);
  EXPECT_EQ(run.width, 132U);
  EXPECT_EQ(run.invocation.program, "./lockcheck");
  const auto explore = ParseAs<ExploreCommand>({"explore"}, terminal);
  EXPECT_TRUE(explore.colors);
  EXPECT_TRUE(explore.progress);
  EXPECT_EQ(explore.invocation.program, "./lockcheck");
  EXPECT_TRUE(ParseAs<ReplayCommand>({"replay", "x"}, terminal).colors);
  EXPECT_TRUE(ParseAs<DoctorCommand>({"doctor", "--", "x"}, terminal).colors);
  EXPECT_FALSE(ParseAs<RunCommand>({"run", "--color=never"}, terminal).colors);
  EXPECT_FALSE(ParseAs<RunCommand>({"run", "--color=auto"}).colors);
}

TEST(CommandLineTest, WrongUsageIsSaid) {
  const std::string profiles =
      "--profile is one of seed, kernel-lock, record-lock, existence-lock, "
      "windows, unclaimed";
  for (const auto& [arguments, why] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"run", "--fliter=x"}, "lockcheck run has no option --fliter"},
           {{"run", "--times=2"}, "lockcheck run has no option --times"},
           {{"run", "--filter"}, "--filter needs a value: --filter=..."},
           {{"explore", "--shard=3/2"},
            "--shard is I/N: a number from 1 to N, and N from 1 to 256"},
           {{"explore", "--shard=0/2"},
            "--shard is I/N: a number from 1 to N, and N from 1 to 256"},
           {{"explore", "--shard=2"},
            "--shard is I/N: a number from 1 to N, and N from 1 to 256"},
           {{"explore", "--shard=1/257"},
            "--shard is I/N: a number from 1 to N, and N from 1 to 256"},
           {{"merge"}, "say which reports to merge"},
           {{"merge", "x", "--", "y"}, "lockcheck merge takes no contender"},
           {{"run", "--jobs=0"}, "--jobs is a number from 1"},
           {{"run", "--seed=-1"}, "--seed is a number from 0"},
           {{"run", "--deadline=10"},
            "--deadline is a duration such as 500ms or 10s"},
           {{"run", "--hold=721h"},
            "--hold is a duration such as 500ms, 10s or 1h"},
           {{"run", "--color=red"}, "--color is auto, always or never"},
           {{"run", "--profile=none"}, profiles},
           {{"run", "--strict=maybe"},
            "--systematic, --update-expected, --strict, --verbose and "
            "--record-owner are on, or off with =false"},
           {{"run", "--update-expected"},
            "--update-expected needs --expect=FILE"},
           {{"run", "--json=-", "--junit=-"},
            "only one report can go to standard output"},
           {{"run", "--record-owner", "--", "x"},
            "--record-owner is for the embedded reference alone"},
           {{"run", "--"}, "after -- comes the contender's command"},
           {{"run", "./contender"},
            "what is \"./contender\"? A contender's command comes after --"},
           {{"list", "--jobs=2"}, "lockcheck list has no option --jobs"},
           {{"list", "--markdown=maybe"},
            "--markdown is on, or off with =false"},
           {{"list", "--", "x"}, "lockcheck list takes no contender"},
           {{"explain"}, "say which requirement to explain"},
           {{"explain", "A", "--", "x"},
            "lockcheck explain takes no contender"},
           {{"doctor"}, "say after -- how to start the contender"},
           {{"explore", "--contenders=1"},
            "--contenders is a number from 2 to 26"},
           {{"explore", "--cycles=0"},
            "--cycles is a number from 1, or 2 with commas between, one for "
            "each contender"},
           {{"explore", "--cycles=1,2", "--contenders=3"},
            "--cycles is a number from 1, or 3 with commas between, one for "
            "each contender"},
           {{"explore", "--preemptions=-1"},
            "--preemptions is a number from 0, or all"},
           {{"explore", "--budget=soon"},
            "--budget is a duration such as 60s or 10m"},
           {{"explore", "--search=some"}, "--search is all, random or pct"},
           {{"explore", "--crash=maybe"},
            "--crash and --errors are on, or off with =false"},
           {{"explore", "--stats=maybe"},
            "--ordinary-user, --keep-going, --stats and --record-owner are on, "
            "or off with =false"},
           {{"explore", "--profile=none"}, profiles},
           {{"explore", "--record-owner", "--", "x"},
            "--record-owner is for the embedded reference alone"},
           {{"replay"}, "say which schedule to replay"},
           {{"replay", "--record-owner", "x", "--", "x"},
            "--record-owner is for the embedded reference alone"},
           {{"replay", "--times=0", "x"}, "--times is a number from 1"},
           {{"replay", "--ordinary-user=maybe", "x"},
            "--continue, --ordinary-user and --record-owner are on, or off "
            "with =false"}}) {
    const absl::Status status = Parse(arguments).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message(), absl::StrCat(why, "\nsee lockcheck ",
                                             arguments.front(), " --help"));
  }
  EXPECT_EQ(Parse({"judge"}).status().message(),
            "there is no command \"judge\"\nsee lockcheck --help");
}

// Lines of 80 columns, none of which ends in the midst of a word.
void ExpectItFits(absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(CommandLineTest, ListAndExplainFit) {
  std::ostringstream list;
  std::ostringstream err;
  EXPECT_EQ(Execute(ListCommand{}, list, err), 0);
  ExpectItFits(list.str());
  for (const Requirement& requirement : Catalogue()) {
    std::ostringstream explained;
    EXPECT_EQ(
        Execute(ExplainCommand{std::string(requirement.id)}, explained, err),
        0);
    ExpectItFits(explained.str());
    // All of it is there.
    const std::string text =
        absl::StrReplaceAll(explained.str(), {{"\n", " "}});
    EXPECT_THAT(text, AllOf(HasSubstr(std::string(requirement.promise)),
                            HasSubstr(std::string(requirement.reason))));
  }
  EXPECT_EQ(err.str(), "");
}

TEST(CommandLineTest, HelpFitsAndNamesEachOption) {
  std::vector<std::vector<std::string>> asked = {{"--help"}};
  for (const char* name :
       {"run", "list", "explain", "doctor", "explore", "replay", "docs"}) {
    asked.push_back({name, "--help"});
  }
  for (const std::vector<std::string>& arguments : asked) {
    const auto help = ParseAs<HelpCommand>(arguments);
    EXPECT_TRUE(help.asked_for);
    EXPECT_THAT(help.text,
                AllOf(StartsWith("lockcheck"), HasSubstr("Exit status: 0")));
    ExpectItFits(help.text);
  }
  const std::string explore = ParseAs<HelpCommand>({"explore", "--help"}).text;
  EXPECT_THAT(
      explore,
      AllOf(StartsWith("lockcheck explore [OPTION...] [-- COMMAND ARG...]\n"),
            HasSubstr("\n  --contenders=N       how many (default 2)\n"),
            HasSubstr("\n  --cycles=N or N,M... acquire and release so often"),
            HasSubstr("\n  --nocrash            kills nobody\n")));
}

TEST(CommandLineTest, HelpIsForOutputIfItWasAskedFor) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(Execute(*Parse({"--help"}), out, err), kExitAsExpected);
  EXPECT_THAT(out.str(), StartsWith("lockcheck: says which promises"));
  EXPECT_THAT(err.str(), IsEmpty());
  out.str("");
  EXPECT_EQ(Execute(*Parse({}), out, err), kExitUsage);
  EXPECT_THAT(out.str(), IsEmpty());
  EXPECT_THAT(err.str(), StartsWith("lockcheck: says which promises"));
}

TEST(VersionTest, IsThatOfTheProject) {
  const HelpCommand version = ParseAs<HelpCommand>({"--version"});
  EXPECT_TRUE(version.asked_for);
  EXPECT_THAT(version.text,
              StartsWith(absl::StrCat("lockcheck ", kVersion, "\n")));
  EXPECT_THAT(ReadWholeFile(Runfile("MODULE.bazel")),
              HasSubstr(absl::StrCat("version = \"", kVersion, "\",\n")));
  EXPECT_FALSE(Parse({"run", "--version"}).ok());
}

}  // namespace
}  // namespace conformance
