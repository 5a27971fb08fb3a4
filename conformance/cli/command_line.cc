// The table of lockcheck's subcommands and options, and what they mean
// together.

#include "conformance/cli/command_line.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/command_table.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/subcommand_rows.h"
#include "conformance/cli/surroundings.h"
#include "conformance/cli/version.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/protocol.h"
#include "conformance/shard.h"

namespace conformance {
namespace {

using ::conformance::explorer::Schedule;

constexpr std::array<absl::string_view, 3> kColors = {"auto", "always",
                                                      "never"};
constexpr std::array<absl::string_view, 3> kOrders = {"all", "random", "pct"};

// ---- Options of several subcommands -----------------------------------------

void AddDeadline(Subcommand& to, absl::string_view help,
                 absl::Duration& deadline) {
  to.Duration({"deadline", "D", help, Repeated::kYes}, "500ms or 10s",
              deadline);
}

void AddProfile(Subcommand& to, absl::string_view help, Repeated repeated,
                std::string& profile) {
  to.Choice({"profile", "P", help, repeated}, AllProfileNames(), profile);
}

void AddJobs(Subcommand& to, absl::string_view help, int& jobs) {
  to.Number({"jobs", "N", help}, 1, jobs);
}

void AddJson(Subcommand& to, std::string& path) {
  to.Text({"json", "FILE", "a report for programs; - is standard output"},
          path);
}

void AddOrdinaryUser(Subcommand& to, bool& ordinary_user) {
  to.Switch({"ordinary-user", "",
             "contenders have no right to override file permissions, though "
             "we are root",
             Repeated::kYes},
            ordinary_user);
}

void AddRecordOwner(Subcommand& to, bool& record_owner) {
  to.Switch(
      {"record-owner", "",
       "the embedded reference records its owner in the file", Repeated::kYes},
      record_owner);
}

void AddColor(Subcommand& to, std::string& color) {
  to.Choice({"color", "WHEN", "auto, always or never"}, kColors, color);
}

// ---- The table --------------------------------------------------------------

// All commands, one of which is chosen, and the options that are no part of
// them.
struct Values {
  RunCommand run;
  ListCommand list;
  DoctorCommand doctor;
  ExploreCommand explore;
  MergeCommand merge;
  ReplayCommand replay;
  std::string color = "auto";
  bool record_owner = false;
  // Of explore, whose defaults depend on each other.
  int contenders = 0;  // 0: not said
  std::string cycles;
  std::string order = "all";
};

void AddRun(CommandTable& table, Values& values) {
  RunCommand& command = values.run;
  Subcommand& run = table.Add(kRun);
  run.Text({"filter", "F",
            "only these: patterns with * and ?, separated by colons; after a - "
            "those to leave out. Paths.*:Crash.*-Paths.Fifo"},
           command.filter);
  run.Switch({"systematic", "",
              "the chapter Systematic, too: all interleavings, crashes and "
              "failing calls, for up to 20 seconds each"},
             command.systematic);
  run.Text({"expect", "FILE",
            "expected failures, lines of ID VERDICT REASON. The run fails when "
            "one is stale, unknown, or ends otherwise"},
           command.expected_path);
  run.Switch(
      {"update-expected", "", "rewrites FILE so that it expects what happened"},
      command.update_expected);
  run.Switch({"strict", "", "a violation of a SHOULD fails the run too",
              Repeated::kYes},
             command.strict);
  run.Switch({"verbose", "",
              "a line for each unsupported requirement, not one a chapter"},
             command.verbose);
  AddJson(run, command.json_path);
  run.Text({"junit", "FILE", "the same as JUnit's XML"}, command.junit_path);
  AddProfile(
      run,
      "what the lock is, if the contender doesn't say: seed (a lock by the "
      "document of requirements that this project started from), "
      "kernel-lock, record-lock, existence-lock, windows, or unclaimed "
      "(default): see docs/profiles.md",
      Repeated::kYes, command.profile);
  run.Duration({"hold", "D",
                "how long a lock is held, and a wait lasts, in the checks that "
                "are about that (default 6.3s)",
                Repeated::kYes},
               "500ms, 10s or 1h", command.hold, absl::Hours(24 * 30));
  run.Number({"seed", "N",
              "a number that makes the same random choices again (default 1; 0 "
              "chooses one)"},
             command.seed);
  AddJobs(run, "checks at once (default: the number of processors)",
          command.jobs);
  AddDeadline(run, "how long an answer may take (default 10s)",
              command.deadline);
  AddRecordOwner(run, values.record_owner);
  AddColor(run, values.color);
}

void AddList(CommandTable& table, Values& values) {
  Subcommand& list = table.Add(kList);
  list.Text({"filter", "F", "only these, as for lockcheck run"},
            values.list.filter);
  list.Switch(
      {"markdown", "", "the specification, as in docs/specification.md"},
      values.list.markdown);
}

void AddDoctor(CommandTable& table, Values& values) {
  Subcommand& doctor = table.Add(kDoctor);
  AddDeadline(doctor, "how long an answer may take (default 5s)",
              values.doctor.deadline);
  AddColor(doctor, values.color);
}

void AddExplore(CommandTable& table, Values& values) {
  ExploreCommand& command = values.explore;
  explorer::Plan& plan = command.plan;
  Subcommand& explore = table.Add(kExplore);
  explore.Number({"contenders", "N", "how many (default 2)"}, 2,
                 values.contenders, Schedule::kMaxContenders);
  explore.Text({"cycles", "N or N,M...",
                "acquire and release so often, each (default 2 for two "
                "contenders, 1 for more)"},
               values.cycles);
  explore.Parsed(
      {"preemptions", "N",
       "only schedules with at most so many, or all (default: all "
       "for two contenders, 2 for more)"},
      "a number from 0, or all", [&plan](const std::string& value) {
        int bound = explorer::TreeSearch::kNoBound;
        if (value != "all" && (!absl::SimpleAtoi(value, &bound) || bound < 0)) {
          return false;
        }
        plan.preemptions = bound;
        return true;
      });
  AddProfile(explore, "as for lockcheck run: what is design is no violation",
             Repeated::kNo, command.profile);
  explore.Switch({"crash", "", "kills nobody"}, plan.crashes);
  explore.Switch({"errors", "", "lets no call fail"}, plan.failures);
  explore.Choice({"search", "HOW",
                  "all, or for as long as there is time: random, or pct "
                  "(random priorities)"},
                 kOrders, values.order);
  explore.Duration({"budget", "D", "time for all of it (default 60s)"},
                   "60s or 10m", command.budget);
  explore.Number(
      {"seed", "N",
       "a number that makes the same random choices again, of random "
       "and pct (default 1)"},
      plan.seed);
  AddOrdinaryUser(explore, command.ordinary_user);
  explore.Switch({"keep-going", "",
                  "past two holders, for as long as there is time (default: "
                  "for some hundred schedules more of each search)"},
                 command.keep_going);
  explore.Switch(
      {"stats", "", "how many schedules and steps, and how many a second"},
      command.statistics);
  AddJobs(explore, "processes (default: the number of processors)",
          command.jobs);
  explore.Parsed({"shard", "I/N",
                  "only the I-th of N shares of it all, as one of N machines; "
                  "lockcheck merge unites their reports"},
                 absl::StrCat("I/N: a number from 1 to N, and N from 1 to ",
                              Shard::kMostShards),
                 [&command](const std::string& value) {
                   const std::pair<std::string, std::string> parts =
                       absl::StrSplit(value, absl::MaxSplits('/', 1));
                   Shard& shard = command.shard;
                   return absl::SimpleAtoi(parts.first, &shard.number) &&
                          absl::SimpleAtoi(parts.second, &shard.count) &&
                          shard.number >= 1 && shard.number <= shard.count &&
                          shard.count <= Shard::kMostShards;
                 });
  AddJson(explore, command.json_path);
  AddDeadline(explore, "how long a call or an answer may take (default 10s)",
              command.deadline);
  AddRecordOwner(explore, values.record_owner);
  AddColor(explore, values.color);
}

void AddMerge(CommandTable& table, Values& values) {
  Subcommand& merge = table.Add(kMerge);
  merge.Switch(
      {"stats", "", "how many schedules and steps, and how many a second"},
      values.merge.statistics);
  AddJson(merge, values.merge.json_path);
  AddColor(merge, values.color);
}

void AddReplay(CommandTable& table, Values& values) {
  Subcommand& replay = table.Add(kReplay);
  replay.Number(
      {"times", "N", "plays it N times, and says whether all were the same"}, 1,
      values.replay.times);
  replay.Switch({"continue", "",
                 "of a contender that has changed: leaves out what isn't "
                 "possible any more, and says whether it is mended"},
                values.replay.adapt);
  AddDeadline(replay, "how long a call or an answer may take (default 10s)",
              values.replay.deadline);
  AddOrdinaryUser(replay, values.replay.ordinary_user);
  AddRecordOwner(replay, values.record_owner);
  AddColor(replay, values.color);
}

// ---- How they fit together --------------------------------------------------

bool WantsColors(const std::string& when, const Surroundings& surroundings) {
  return when == "always" || (when == "auto" && surroundings.colors);
}

// "2", or "2,1,1" for each. Empty where it is neither.
std::vector<int> ParseCycles(const std::string& text, int contenders) {
  const std::vector<std::string> words = absl::StrSplit(text, ',');
  std::vector<int> cycles;
  for (const std::string& word : words) {
    int n = 0;
    if (!absl::SimpleAtoi(word, &n) || n < 1 || n > Schedule::kMaxCycles) {
      return {};
    }
    cycles.push_back(n);
  }
  if (cycles.size() == 1) cycles.resize(contenders, cycles.front());
  if (cycles.size() != static_cast<size_t>(contenders)) return {};
  return cycles;
}

// "" or what is wrong.
std::string CompleteRun(RunCommand& command, Values& values,
                        const Surroundings& surroundings) {
  if (command.update_expected && command.expected_path.empty()) {
    return "--update-expected needs --expect=FILE";
  }
  if (command.json_path == "-" && command.junit_path == "-") {
    return "only one report can go to standard output";
  }
  if (command.seed == 0) {
    std::random_device random;
    command.seed = (random() >> 1) + 1;
  }
  command.colors = WantsColors(values.color, surroundings);
  command.progress = surroundings.draws_on_output;
  command.width = surroundings.width;
  return "";
}

// "" or what is wrong.
std::string CompleteExplore(ExploreCommand& command, Values& values,
                            const Surroundings& surroundings) {
  using Order = explorer::Search::Order;
  int contenders = values.contenders;
  if (contenders == 0) {
    const auto commas = static_cast<int>(absl::c_count(values.cycles, ','));
    contenders = std::max(2, commas + 1);
  }
  if (contenders > Schedule::kMaxContenders) {
    return absl::StrCat("--contenders is a number from 2 to ",
                        Schedule::kMaxContenders);
  }
  if (values.cycles.empty()) values.cycles = contenders == 2 ? "2" : "1";
  command.plan.cycles = ParseCycles(values.cycles, contenders);
  if (command.plan.cycles.empty()) {
    return absl::StrCat("--cycles is a number from 1, or ", contenders,
                        " with commas between, one for each contender");
  }
  command.plan.crash_states = command.plan.crashes;
  command.plan.order = values.order == "random" ? Order::kRandom
                       : values.order == "pct"  ? Order::kPct
                                                : Order::kExhaustive;
  command.colors = WantsColors(values.color, surroundings);
  command.progress = surroundings.draws_on_errors;
  return "";
}

}  // namespace

absl::StatusOr<AnyCommand> ParseCommandLine(
    const std::vector<std::string>& arguments, const Surroundings& surroundings,
    const MakeReference& make_reference) {
  if (arguments == std::vector<std::string>{"--version"}) {
    return HelpCommand{absl::StrCat("lockcheck ", kVersion, "\nspeaks ",
                                    kProtocol, " to contenders\n"),
                       true};
  }
  Values values;
  values.run.jobs = values.explore.jobs = surroundings.processors;
  CommandTable table("lockcheck", kAbout, kClosing);
  AddRun(table, values);
  AddList(table, values);
  table.Add(kExplain);
  AddDoctor(table, values);
  AddExplore(table, values);
  AddMerge(table, values);
  AddReplay(table, values);
  table.Add(kDocs);
  absl::StatusOr<CommandTable::Parsed> parsed = table.Parse(arguments);
  if (!parsed.ok()) return parsed.status();
  const Subcommand* const subcommand = parsed->subcommand;
  if (subcommand == nullptr) return HelpCommand{table.Help(), parsed->help};
  if (parsed->help) return HelpCommand{subcommand->Help(), true};

  const absl::string_view name = subcommand->row().name;
  if (name == kList.name) return values.list;
  if (name == kExplain.name) return ExplainCommand{subcommand->word()};
  if (name == kDocs.name) return DocsCommand{subcommand->word()};

  if (values.record_owner && !parsed->contender.empty()) {
    return table.WrongUsage(
        "--record-owner is for the embedded reference alone", subcommand);
  }
  const Invocation invocation = {surroundings.program, subcommand->repeated()};
  // `cancel`: whether the reference claims it. Exploration goes through the
  // steps of one thread: of waits that can't be cancelled.
  const auto source = [&](bool cancel) {
    if (parsed->contender.empty()) {
      return make_reference({values.record_owner, cancel});
    }
    ContenderSource started;
    started.command = parsed->contender;
    return started;
  };
  std::string wrong;
  if (name == kRun.name) {
    RunCommand& run = values.run;
    wrong = CompleteRun(run, values, surroundings);
    if (!wrong.empty()) return table.WrongUsage(wrong, subcommand);
    run.source =
        source(!run.systematic && !absl::StrContains(run.filter, "Systematic"));
    run.invocation = invocation;
    return run;
  }
  if (name == kExplore.name) {
    ExploreCommand& explore = values.explore;
    wrong = CompleteExplore(explore, values, surroundings);
    if (!wrong.empty()) return table.WrongUsage(wrong, subcommand);
    explore.source = source(false);
    explore.invocation = invocation;
    return explore;
  }
  const bool colors = WantsColors(values.color, surroundings);
  if (name == kMerge.name) {
    values.merge.program = surroundings.program;
    values.merge.paths = subcommand->words();
    values.merge.colors = colors;
    return values.merge;
  }
  if (name == kReplay.name) {
    values.replay.source = source(false);
    values.replay.schedule = subcommand->word();
    values.replay.colors = colors;
    return values.replay;
  }
  values.doctor.source = source(false);
  values.doctor.colors = colors;
  return values.doctor;
}

int Execute(const AnyCommand& command, std::ostream& out, std::ostream& err) {
  struct Executes {
    std::ostream& out;
    std::ostream& err;

    int operator()(const HelpCommand& help) const {
      (help.asked_for ? out : err) << help.text;
      return help.asked_for ? kExitAsExpected : kExitUsage;
    }
    int operator()(const RunCommand& run) const {
      return RunRun(run, out, err);
    }
    int operator()(const ListCommand& list) const {
      return RunList(list, out, err);
    }
    int operator()(const ExplainCommand& explain) const {
      return RunExplain(explain, out, err);
    }
    int operator()(const DoctorCommand& doctor) const {
      return RunDoctor(doctor, out, err);
    }
    int operator()(const ExploreCommand& explore) const {
      return RunExplore(explore, out, err);
    }
    int operator()(const MergeCommand& merge) const {
      return RunMerge(merge, out, err);
    }
    int operator()(const ReplayCommand& replay) const {
      return RunReplay(replay, out, err);
    }
    int operator()(const DocsCommand& docs) const {
      return RunDocs(docs, out, err);
    }
  };
  return std::visit(Executes{out, err}, command);
}

}  // namespace conformance
