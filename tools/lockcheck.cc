// lockcheck: judges lock-file implementations. The command line only; what it
// does is in conformance/cli.

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>  // NOLINT(build/c++11): for the number of processors
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "conformance/cli/commands.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/protocol.h"
#include "conformance/runner.h"

// All are texts, so that a wrong value ends with our exit status and message.
ABSL_FLAG(std::string, filter, "*", "requirements to run");
ABSL_FLAG(std::string, systematic, "false", "the chapter Systematic, too");
ABSL_FLAG(std::string, expect, "", "file of expected failures");
ABSL_FLAG(std::string, update_expected, "false", "rewrite that file");
ABSL_FLAG(std::string, json, "", "file for a JSON report");
ABSL_FLAG(std::string, junit, "", "file for a JUnit report");
ABSL_FLAG(std::string, seed, "1", "of what is random; 0: choose one");
ABSL_FLAG(std::string, jobs, "", "checks at once");
ABSL_FLAG(std::string, deadline, "", "of each exchange");
ABSL_FLAG(std::string, profile, "", "of the lock");
ABSL_FLAG(std::string, hold, "", "how long a lock is held");
ABSL_FLAG(std::string, strict, "false", "a SHOULD counts as a MUST");
ABSL_FLAG(std::string, record_owner, "false", "embedded reference: its record");
ABSL_FLAG(std::string, markdown, "false", "list as docs/specification.md");
ABSL_FLAG(std::string, contenders, "", "how many are explored");
ABSL_FLAG(std::string, cycles, "", "of each contender");
ABSL_FLAG(std::string, preemptions, "", "at most, in a schedule");
ABSL_FLAG(std::string, crash, "true", "kill contenders");
ABSL_FLAG(std::string, errors, "true", "let calls fail");
ABSL_FLAG(std::string, search, "all", "all, random or pct");
ABSL_FLAG(std::string, budget, "60s", "time to explore");
ABSL_FLAG(std::string, ordinary_user, "false", "contenders obey permissions");
ABSL_FLAG(std::string, keep_going, "false", "past the first violation");
ABSL_FLAG(std::string, stats, "false", "figures of the search");
ABSL_FLAG(std::string, times, "1", "how often to replay");
ABSL_FLAG(std::string, color, "auto", "auto, always or never");

namespace {

using ::conformance::kExitUsage;

constexpr absl::string_view kHelp =
    R"(lockcheck: says which promises a lock-file implementation keeps.

  lockcheck run [OPTION...] [-- COMMAND ARG...]
      judges the contender that COMMAND starts, or the embedded reference
  lockcheck list [--filter=F]
      the requirements, one a line
  lockcheck explain ID
      one requirement: its promise, and why it matters
  lockcheck doctor -- COMMAND ARG...
      speaks to a contender step by step and names its mistakes
  lockcheck explore [OPTION...] [-- COMMAND ARG...]
      runs a contender through every interleaving, crash and failing call
  lockcheck replay SCHEDULE [-- COMMAND ARG...]
      plays one of those once more
  lockcheck COMMAND --help
      more about each

Exit status: 0 as expected, 1 not, 2 wrong usage, a fault of the suite itself,
or nothing executed, 3 explored too little to say. How to write a contender: docs/writing_a_contender.md.
)";

constexpr absl::string_view kRunHelp =
    R"(lockcheck run [OPTION...] [-- COMMAND ARG...]

Starts COMMAND, a contender that speaks the contender protocol, as often as the
checks need it, and prints a verdict for each requirement. Without a COMMAND it
judges the embedded reference, lockfile::LockFile.

  --filter=F           only these: patterns with * and ?, separated by colons;
                       after a - those to leave out. Paths.*:Crash.*-Paths.Fifo
  --systematic         the chapter Systematic, too: all interleavings, crashes
                       and failing calls, for up to 20 seconds each
  --expect=FILE        expected failures, lines of ID VERDICT REASON. The run
                       fails when one is stale, unknown, or ends otherwise
  --update-expected    rewrites FILE so that it expects what happened
  --strict             a violation of a SHOULD fails the run too
  --json=FILE          a report for programs; - is standard output
  --junit=FILE         the same as JUnit's XML
  --profile=P          what the lock is, if the contender doesn't say:
                       seed, kernel-lock, record-lock, existence-lock, or
                       unclaimed (default): see docs/profiles.md
  --hold=D             how long a lock is held, and a wait lasts, in the checks
                       that are about that (default 6.3s)
  --seed=N             of what is random (default 1; 0 chooses one)
  --jobs=N             checks at once (default: the number of processors)
  --deadline=D         how long an answer may take (default 10s)
  --record-owner       the embedded reference records its owner in the file
  --color=WHEN         auto, always or never

Exit status: 0 as expected, 1 not, 2 wrong usage, a fault of the suite itself,
or nothing executed.
)";

constexpr absl::string_view kListHelp =
    R"(lockcheck list [--filter=F] [--markdown]

Prints the requirements, one a line: id, level, promise, and the capabilities
that a contender must claim for it. F is as for lockcheck run. With --markdown
it prints the specification, as in docs/specification.md.
)";

constexpr absl::string_view kExplainHelp =
    R"(lockcheck explain ID

Prints the promise of one requirement, why it matters, and how to run it alone.
)";

constexpr absl::string_view kDoctorHelp =
    R"(lockcheck doctor [--deadline=D] -- COMMAND ARG...

Starts the contender once, speaks to it step by step, and names its mistakes:
an answer that is not flushed or lacks its newline, chatter on standard output,
a wrong number of fields, a wrong version, an exit after one command, success
for a made-up command, a path that is not decoded...

Exit status: 0 no mistakes, 1 mistakes, 2 wrong usage.
)";

constexpr absl::string_view kExploreHelp =
    R"(lockcheck explore [OPTION...] [-- COMMAND ARG...]

Runs contenders, as they are, under ptrace(2), stops each at the system calls
that concern the lock file or its folder, and goes through all orders in which
they can be made; kills a contender before and after each call; and lets each
call fail. After every step the contenders' own answers tell who holds the lock:
two holders, a lock that nobody can get any more, a deadlock, a false refusal, an
answer that isn't true... is a violation. Without a COMMAND it explores the
embedded reference, lockfile::LockFile.

  --contenders=N       how many (default 2)
  --cycles=N or N,M... acquire and release so often, each (default 2 for two
                       contenders, 1 for more)
  --preemptions=N      only schedules with at most so many, or all (default: all
                       for two contenders, 2 for more)
  --profile=P          as for lockcheck run: what is design is no violation
  --nocrash            kills nobody
  --noerrors           lets no call fail
  --search=HOW         all, or for as long as there is time: random, or pct
                       (random priorities)
  --budget=D           time for all of it (default 60s)
  --seed=N             of random and pct (default 1)
  --ordinary-user      contenders have no right to override file permissions,
                       though we are root
  --keep-going         past two holders, for as long as there is time (default:
                       for some hundred schedules more of each search)
  --stats              how many schedules and steps, and how many a second
  --jobs=N             processes (default: the number of processors)
  --json=FILE          a report for programs; - is standard output
  --deadline=D         how long a call or an answer may take (default 10s)
  --record-owner       the embedded reference records its owner in the file
  --color=WHEN         auto, always or never

A violation is shown as a timeline, with the shortest schedule that it could be
shrunk to and the command that replays it. The certificate says what was covered.

Exit status: 0 no violation, 1 a violation, 2 wrong usage, a contender that can't
be traced, no schedule run in the time, or a fault of the suite itself, 3 no
violation, but most searches weren't complete, which is no pass.
)";

constexpr absl::string_view kReplayHelp =
    R"(lockcheck replay SCHEDULE [OPTION...] [-- COMMAND ARG...]

Plays one schedule that lockcheck explore has printed, on the same contender, and
prints its timeline. SCHEDULE is the schedule itself, "v1 contenders=...", or a
file that has it in a line; - is standard input.

  --times=N            plays it N times, and says whether all were the same
  --deadline=D         how long a call or an answer may take (default 10s)
  --ordinary-user      contenders have no right to override file permissions
  --record-owner       the embedded reference records its owner in the file
  --color=WHEN         auto, always or never

Exit status: 0 no violation, 1 a violation, 2 wrong usage, a schedule that isn't
possible with this contender, or replays that differ.
)";

struct Subcommand {
  absl::string_view name;
  absl::string_view help;
  std::vector<absl::string_view> flags;
};

const std::vector<Subcommand>& Subcommands() {
  static const auto* const kAll = new std::vector<Subcommand>{
      {"run",
       kRunHelp,
       {"filter", "systematic", "expect", "update_expected", "json", "junit",
        "seed", "jobs", "deadline", "profile", "hold", "strict", "record_owner",
        "color"}},
      {"list", kListHelp, {"filter", "markdown"}},
      {"explain", kExplainHelp, {}},
      {"doctor", kDoctorHelp, {"deadline", "color"}},
      {"explore",
       kExploreHelp,
       {"contenders", "cycles", "preemptions", "crash", "errors", "search",
        "budget", "seed", "keep_going", "stats", "ordinary_user", "jobs",
        "json", "deadline", "profile", "record_owner", "color"}},
      {"replay",
       kReplayHelp,
       {"times", "deadline", "ordinary_user", "record_owner", "color"}},
  };
  return *kAll;
}

int Usage(absl::string_view message, absl::string_view subcommand = "") {
  std::cerr << "lockcheck: " << conformance::PrintableText(message) << "\n"
            << "lockcheck: see lockcheck " << subcommand
            << (subcommand.empty() ? "" : " ") << "--help\n";
  return kExitUsage;
}

// The command line, taken apart before Abseil's parser sees the flags.
struct CommandLine {
  std::vector<std::string> words;      // without flags
  std::vector<std::string> flags;      // --name_with_underscores[=value]
  std::vector<std::string> names;      // of the flags
  std::vector<std::string> contender;  // after --
  bool has_contender = false;
  bool help = false;
};

bool IsSwitch(absl::string_view name) {
  static constexpr std::array<absl::string_view, 10> kSwitches = {
      "strict",     "update_expected", "record_owner", "markdown",
      "crash",      "errors",          "keep_going",   "stats",
      "systematic", "ordinary_user"};
  return std::find(kSwitches.begin(), kSwitches.end(), name) != kSwitches.end();
}

CommandLine TakeApart(int argc, char** argv) {
  CommandLine line;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    if (arg == "--") {
      line.has_contender = true;
      line.contender.assign(argv + i + 1, argv + argc);
      break;
    }
    if (arg == "--help" || arg == "-h" || arg == "-help") {
      line.help = true;
    } else if (absl::StartsWith(arg, "-") && arg.size() > 1) {
      const size_t equals = arg.find('=');
      std::string name = absl::StrReplaceAll(
          absl::StripPrefix(absl::StripPrefix(arg.substr(0, equals), "-"), "-"),
          {{"-", "_"}});
      // As Abseil has it: --nocrash, and what reads as well.
      absl::string_view negated = name;
      const bool off = equals == absl::string_view::npos &&
                       absl::ConsumePrefix(&negated, "no") &&
                       (absl::ConsumePrefix(&negated, "_"), IsSwitch(negated));
      if (off) name = std::string(negated);
      line.names.push_back(name);
      std::string flag = absl::StrCat("--", name);
      if (off) {
        flag += "=false";
      } else if (equals != absl::string_view::npos) {
        absl::StrAppend(&flag, arg.substr(equals));
      } else if (IsSwitch(name)) {
        flag += "=true";
      }
      line.flags.push_back(std::move(flag));
    } else {
      line.words.emplace_back(arg);
    }
  }
  return line;
}

// Gives the flags to Abseil. "" or what is wrong.
std::string ParseFlags(const CommandLine& line, const Subcommand& subcommand) {
  for (size_t i = 0; i < line.names.size(); ++i) {
    if (std::find(subcommand.flags.begin(), subcommand.flags.end(),
                  line.names[i]) == subcommand.flags.end()) {
      return absl::StrCat("lockcheck ", subcommand.name, " has no option --",
                          absl::StrReplaceAll(line.names[i], {{"_", "-"}}));
    }
    if (!absl::StrContains(line.flags[i], '=')) {
      return absl::StrCat("--", line.names[i], " needs a value: --",
                          line.names[i], "=...");
    }
  }
  std::vector<char*> argv = {const_cast<char*>("lockcheck")};
  for (const std::string& flag : line.flags) {
    argv.push_back(const_cast<char*>(flag.c_str()));
  }
  absl::ParseCommandLine(static_cast<int>(argv.size()), argv.data());
  return "";
}

bool ParseSwitch(const absl::Flag<std::string>& flag, bool& value) {
  return absl::SimpleAtob(absl::GetFlag(flag), &value);
}

bool WantsColors(bool& colors) {
  const std::string when = absl::GetFlag(FLAGS_color);
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  colors =
      when == "always" || (when == "auto" && ::isatty(STDOUT_FILENO) != 0 &&
                           (no_color == nullptr || *no_color == '\0') &&
                           (term == nullptr || std::string(term) != "dumb"));
  return when == "auto" || when == "always" || when == "never";
}

bool ParseDeadline(absl::Duration& deadline) {
  const std::string text = absl::GetFlag(FLAGS_deadline);
  return text.empty() || (absl::ParseDuration(text, &deadline) &&
                          deadline > absl::ZeroDuration());
}

bool IsProfile(absl::string_view name) {
  const absl::Span<const absl::string_view> all =
      conformance::AllProfileNames();
  return name.empty() || std::find(all.begin(), all.end(), name) != all.end();
}

std::string ProfileHelp() {
  return absl::StrCat("--profile is one of ",
                      absl::StrJoin(conformance::AllProfileNames(), ", "));
}

// How a person starts this program again.
std::string ProgramName(const char* name) {
  if (std::getenv("BUILD_WORKSPACE_DIRECTORY") != nullptr) {
    return "tools/bazel run //tools:lockcheck --";
  }
  conformance::ContenderSource typed;
  typed.command = {name != nullptr ? name : "lockcheck"};
  return typed.ToString();
}

conformance::LockFileAdapterOptions Reference(bool record_owner) {
  conformance::LockFileAdapterOptions options;
  if (record_owner) options.owner_record = "{pid}\n";
  return options;
}

conformance::ContenderSource SourceOf(
    const CommandLine& line,
    const conformance::LockFileAdapterOptions& options) {
  if (line.contender.empty()) {
    return conformance::ContenderSource::LinkedIn(
        [options] { return conformance::MakeLockFileAdapter(options); });
  }
  conformance::ContenderSource source;
  source.command = line.contender;
  return source;
}

int MainRun(const CommandLine& line, const char* name) {
  conformance::RunCommand command;
  bool record_owner = false;
  bool colors = false;
  int64_t seed = 0;
  command.jobs =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::string jobs = absl::GetFlag(FLAGS_jobs);
  if (line.has_contender && line.contender.empty()) {
    return Usage("after -- comes the contender's command", "run");
  }
  if (!jobs.empty() &&
      (!absl::SimpleAtoi(jobs, &command.jobs) || command.jobs < 1)) {
    return Usage("--jobs is a number from 1", "run");
  }
  if (!absl::SimpleAtoi(absl::GetFlag(FLAGS_seed), &seed) || seed < 0) {
    return Usage("--seed is a number from 0", "run");
  }
  if (!ParseDeadline(command.deadline)) {
    return Usage("--deadline is a duration such as 500ms or 10s", "run");
  }
  command.profile = absl::GetFlag(FLAGS_profile);
  if (!IsProfile(command.profile)) return Usage(ProfileHelp(), "run");
  const std::string hold = absl::GetFlag(FLAGS_hold);
  if (!hold.empty() && (!absl::ParseDuration(hold, &command.hold) ||
                        command.hold <= absl::ZeroDuration() ||
                        command.hold > absl::Hours(24 * 30))) {
    return Usage("--hold is a duration such as 500ms, 10s or 1h", "run");
  }
  for (const auto& [name, value] :
       {std::pair<absl::string_view, std::string>("profile", command.profile),
        std::pair<absl::string_view, std::string>("hold", hold)}) {
    if (!value.empty()) {
      absl::StrAppend(&command.more_options, " --", name, "=", value);
    }
  }
  if (!WantsColors(colors)) {
    return Usage("--color is auto, always or never", "run");
  }
  if (!ParseSwitch(FLAGS_strict, command.strict) ||
      !ParseSwitch(FLAGS_update_expected, command.update_expected) ||
      !ParseSwitch(FLAGS_systematic, command.systematic) ||
      !ParseSwitch(FLAGS_record_owner, record_owner)) {
    return Usage(
        "--strict, --systematic, --update-expected and --record-owner are on, "
        "or off with =false",
        "run");
  }
  command.expected_path = absl::GetFlag(FLAGS_expect);
  if (command.update_expected && command.expected_path.empty()) {
    return Usage("--update-expected needs --expect=FILE", "run");
  }
  if (record_owner && line.has_contender) {
    return Usage("--record-owner is for the embedded reference alone", "run");
  }
  if (seed == 0) {
    seed = static_cast<int64_t>(std::random_device()() >> 1) + 1;
  }
  conformance::LockFileAdapterOptions reference = Reference(record_owner);
  // Exploration goes through the steps of one thread: of waits that can't be
  // cancelled.
  reference.cancel =
      !command.systematic && !absl::StrContains(command.filter, "Systematic");
  command.source = SourceOf(line, reference);
  command.program = ProgramName(name);
  if (command.strict) command.more_options += " --strict";
  if (record_owner) command.more_options += " --record-owner";
  if (!absl::GetFlag(FLAGS_deadline).empty()) {
    absl::StrAppend(&command.more_options,
                    " --deadline=", absl::GetFlag(FLAGS_deadline));
  }
  command.filter = absl::GetFlag(FLAGS_filter);
  command.json_path = absl::GetFlag(FLAGS_json);
  command.junit_path = absl::GetFlag(FLAGS_junit);
  command.seed = static_cast<uint64_t>(seed);
  if (command.json_path == "-" && command.junit_path == "-") {
    return Usage("only one report can go to standard output", "run");
  }
  command.colors = colors;
  const char* term = std::getenv("TERM");
  command.progress = ::isatty(STDOUT_FILENO) != 0 &&
                     (term == nullptr || std::string(term) != "dumb");
  winsize window = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 20) {
    command.width = window.ws_col;
  }
  return conformance::RunRun(command, std::cout, std::cerr);
}

// "2", or "2,1,1" for each.
bool ParseCycles(const std::string& text, int contenders,
                 std::vector<int>& cycles) {
  const std::vector<std::string> words = absl::StrSplit(text, ',');
  if (words.size() != 1 && words.size() != static_cast<size_t>(contenders)) {
    return false;
  }
  cycles.clear();
  for (int i = 0; i < contenders; ++i) {
    int n = 0;
    if (!absl::SimpleAtoi(
            words.size() == 1 ? words[0] : words[static_cast<size_t>(i)], &n) ||
        n < 1 || n > conformance::explorer::Schedule::kMaxCycles) {
      return false;
    }
    cycles.push_back(n);
  }
  return true;
}

// "" or what is wrong.
std::string ParsePlan(conformance::explorer::Plan& plan) {
  using Order = conformance::explorer::Search::Order;
  int contenders = 2;
  const std::string how_many = absl::GetFlag(FLAGS_contenders);
  const std::string cycles = absl::GetFlag(FLAGS_cycles);
  if (how_many.empty()) {
    contenders = std::max(
        2, static_cast<int>(std::count(cycles.begin(), cycles.end(), ',')) + 1);
  }
  if ((!how_many.empty() && !absl::SimpleAtoi(how_many, &contenders)) ||
      contenders < 2 ||
      contenders > conformance::explorer::Schedule::kMaxContenders) {
    return absl::StrCat("--contenders is a number from 2 to ",
                        conformance::explorer::Schedule::kMaxContenders);
  }
  if (!ParseCycles(!cycles.empty()   ? cycles
                   : contenders == 2 ? "2"
                                     : "1",
                   contenders, plan.cycles)) {
    return absl::StrCat("--cycles is a number from 1, or ", contenders,
                        " with commas between, one for each contender");
  }
  const std::string preemptions = absl::GetFlag(FLAGS_preemptions);
  int bound = 0;
  if (preemptions == "all") {
    plan.preemptions = conformance::explorer::TreeSearch::kNoBound;
  } else if (!preemptions.empty()) {
    if (!absl::SimpleAtoi(preemptions, &bound) || bound < 0) {
      return "--preemptions is a number from 0, or all";
    }
    plan.preemptions = bound;
  }
  if (!ParseSwitch(FLAGS_crash, plan.crashes) ||
      !ParseSwitch(FLAGS_errors, plan.failures)) {
    return "--crash and --errors are on, or off with =false";
  }
  plan.crash_states = plan.crashes;
  const std::string search = absl::GetFlag(FLAGS_search);
  if (search == "random") {
    plan.order = Order::kRandom;
  } else if (search == "pct") {
    plan.order = Order::kPct;
  } else if (search != "all") {
    return "--search is all, random or pct";
  }
  if (!absl::SimpleAtoi(absl::GetFlag(FLAGS_seed), &plan.seed)) {
    return "--seed is a number from 0";
  }
  return "";
}

int MainExplore(const CommandLine& line, const char* name) {
  conformance::ExploreCommand command;
  if (line.has_contender && line.contender.empty()) {
    return Usage("after -- comes the contender's command", "explore");
  }
  const std::string wrong = ParsePlan(command.plan);
  if (!wrong.empty()) return Usage(wrong, "explore");
  command.jobs =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::string jobs = absl::GetFlag(FLAGS_jobs);
  if (!jobs.empty() &&
      (!absl::SimpleAtoi(jobs, &command.jobs) || command.jobs < 1)) {
    return Usage("--jobs is a number from 1", "explore");
  }
  if (!absl::ParseDuration(absl::GetFlag(FLAGS_budget), &command.budget) ||
      command.budget <= absl::ZeroDuration()) {
    return Usage("--budget is a duration such as 60s or 10m", "explore");
  }
  if (!ParseDeadline(command.deadline)) {
    return Usage("--deadline is a duration such as 500ms or 10s", "explore");
  }
  command.profile = absl::GetFlag(FLAGS_profile);
  if (!IsProfile(command.profile)) return Usage(ProfileHelp(), "explore");
  if (!command.profile.empty()) {
    absl::StrAppend(&command.more_options, " --profile=", command.profile);
  }
  if (!WantsColors(command.colors)) {
    return Usage("--color is auto, always or never", "explore");
  }
  bool record_owner = false;
  if (!ParseSwitch(FLAGS_keep_going, command.keep_going) ||
      !ParseSwitch(FLAGS_stats, command.statistics) ||
      !ParseSwitch(FLAGS_ordinary_user, command.ordinary_user) ||
      !ParseSwitch(FLAGS_record_owner, record_owner)) {
    return Usage(
        "--keep-going, --stats, --ordinary-user and --record-owner are on, or "
        "off with =false",
        "explore");
  }
  if (record_owner && line.has_contender) {
    return Usage("--record-owner is for the embedded reference alone",
                 "explore");
  }
  command.source = SourceOf(line, Reference(record_owner));
  command.program = ProgramName(name);
  if (record_owner) command.more_options = " --record-owner";
  if (command.ordinary_user) command.more_options += " --ordinary-user";
  command.json_path = absl::GetFlag(FLAGS_json);
  const char* term = std::getenv("TERM");
  command.progress = ::isatty(STDERR_FILENO) != 0 &&
                     (term == nullptr || std::string(term) != "dumb");
  return conformance::RunExplore(command, std::cout, std::cerr);
}

int MainReplay(const CommandLine& line) {
  conformance::ReplayCommand command;
  bool record_owner = false;
  if (line.has_contender && line.contender.empty()) {
    return Usage("after -- comes the contender's command", "replay");
  }
  if (!absl::SimpleAtoi(absl::GetFlag(FLAGS_times), &command.times) ||
      command.times < 1) {
    return Usage("--times is a number from 1", "replay");
  }
  if (!ParseDeadline(command.deadline)) {
    return Usage("--deadline is a duration such as 500ms or 10s", "replay");
  }
  if (!WantsColors(command.colors)) {
    return Usage("--color is auto, always or never", "replay");
  }
  if (!ParseSwitch(FLAGS_record_owner, record_owner) ||
      !ParseSwitch(FLAGS_ordinary_user, command.ordinary_user)) {
    return Usage(
        "--record-owner and --ordinary-user are on, or off with =false",
        "replay");
  }
  command.source = SourceOf(line, Reference(record_owner));
  command.schedule = line.words[1];
  return conformance::RunReplay(command, std::cout, std::cerr);
}

int MainDoctor(const CommandLine& line) {
  conformance::DoctorCommand command;
  if (line.contender.empty()) {
    return Usage("say after -- how to start the contender", "doctor");
  }
  if (!ParseDeadline(command.deadline)) {
    return Usage("--deadline is a duration such as 500ms or 10s", "doctor");
  }
  if (!WantsColors(command.colors)) {
    return Usage("--color is auto, always or never", "doctor");
  }
  command.source = SourceOf(line, {});
  return conformance::RunDoctor(command, std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
  // Under `bazel run`, relative paths mean the folder of the person who typed.
  if (const char* typed_in = std::getenv("BUILD_WORKING_DIRECTORY")) {
    if (::chdir(typed_in) != 0) {
      std::cerr << "lockcheck: cannot go to " << typed_in << "\n";
      return kExitUsage;
    }
  }
  conformance::InitializeRunner();
  const CommandLine line = TakeApart(argc, argv);
  if (line.words.empty()) {
    if (line.help) {
      std::cout << kHelp;
      return 0;
    }
    std::cerr << kHelp;
    return kExitUsage;
  }
  const std::string& word = line.words.front();
  for (const Subcommand& subcommand : Subcommands()) {
    if (subcommand.name != word) continue;
    if (line.help) {
      std::cout << subcommand.help;
      return 0;
    }
    if (line.has_contender && (word == "list" || word == "explain")) {
      return Usage(absl::StrCat("lockcheck ", word, " takes no contender"),
                   word);
    }
    const size_t words = word == "explain" || word == "replay" ? 2 : 1;
    if (line.words.size() != words) {
      return Usage(
          line.words.size() > words
              ? absl::StrCat("what is \"", line.words[words],
                             "\"? A contender's command comes after --")
          : word == "replay" ? "say which schedule to replay"
                             : "say which requirement to explain",
          word);
    }
    const std::string error = ParseFlags(line, subcommand);
    if (!error.empty()) return Usage(error, word);
    if (word == "run") return MainRun(line, argv[0]);
    if (word == "doctor") return MainDoctor(line);
    if (word == "explore") return MainExplore(line, argv[0]);
    if (word == "replay") return MainReplay(line);
    if (word == "list") {
      bool markdown = false;
      if (!ParseSwitch(FLAGS_markdown, markdown)) {
        return Usage("--markdown is on, or off with =false", word);
      }
      return conformance::RunList(absl::GetFlag(FLAGS_filter), markdown,
                                  std::cout, std::cerr);
    }
    return conformance::RunExplain(line.words[1], std::cout, std::cerr);
  }
  return Usage(absl::StrCat("there is no command \"", word, "\""));
}
