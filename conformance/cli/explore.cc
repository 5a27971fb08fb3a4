// lockcheck explore and replay.

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/files.h"
#include "conformance/cli/print_explored.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/generated_names.h"
#include "conformance/explorer/schedules/replay.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/report/console.h"
#include "conformance/report/paint.h"
#include "conformance/runner.h"
#include "conformance/wrap.h"

namespace conformance {
namespace {

using explorer::CampaignProgress;
using explorer::Exploration;
using explorer::Explorer;
using explorer::ExplorerOptions;
using explorer::Replay;
using explorer::ReplayResult;
using explorer::Schedule;
using explorer::Violation;

void DrawProgress(const CampaignProgress& progress, std::ostream& err) {
  const double seconds = std::max(absl::ToDoubleSeconds(progress.since), 0.001);
  err << kClearLine
      << absl::StrFormat(
             "search %d of %d: %d schedules, %.0f/s, depth %d%s",
             std::min(progress.search + 1, progress.searches),
             progress.searches, progress.schedules,
             static_cast<double>(progress.schedules + progress.pruned) /
                 seconds,
             progress.depth,
             progress.remaining < 0 ? ""
                                    : absl::StrFormat(", about %.2g more here",
                                                      progress.remaining))
      << std::flush;
}

// The first line that isn't empty or a comment.
absl::StatusOr<Schedule> ScheduleIn(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    return Schedule::Parse(line);
  }
  return absl::InvalidArgumentError("there is no schedule in it");
}

// All of it, if a schedule can be in it.
absl::StatusOr<std::string> ReadAll(std::istream& in, absl::string_view name) {
  constexpr size_t kMost = size_t{4} << 20;
  std::string text(kMost + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad()) {
    return absl::NotFoundError(absl::StrCat("cannot read ", name));
  }
  if (text.size() > kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has more than ", kMost >> 20,
                     " MiB: it isn't a file with a schedule"));
  }
  return text;
}

absl::StatusOr<std::string> ReadAllOf(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(path, " is a folder"));
  }
  errno = 0;  // opening sets it where it fails
  std::ifstream file(path, std::ios::binary);
  const int opened = errno;
  if (!file.is_open()) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, opened != 0 ? ": " : "",
                     opened != 0 ? ::strerror(opened) : ""));
  }
  return ReadAll(file, path);
}

absl::StatusOr<Schedule> ReadSchedule(const std::string& argument) {
  if (absl::StrContains(argument, " contenders=")) {
    return Schedule::Parse(argument);
  }
  if (argument == "-") {
    const absl::StatusOr<std::string> text =
        ReadAll(std::cin, "standard input");
    if (!text.ok()) return text.status();
    return ScheduleIn(*text);
  }
  const absl::StatusOr<std::string> text = ReadAllOf(argument);
  if (!text.ok()) return text.status();
  absl::StatusOr<Schedule> schedule = ScheduleIn(*text);
  if (!schedule.ok()) {
    return absl::Status(
        schedule.status().code(),
        absl::StrCat(argument, ": ", schedule.status().message()));
  }
  return schedule;
}

// How long, by the clock, one who can't get on is waited for before it is said.
constexpr absl::Duration kStuckLimit = absl::Seconds(32);

// The time that it may take to see of which family the lock is, however small
// the budget.
constexpr absl::Duration kLeastLook = absl::Seconds(1);

struct PrintedReplay {
  int status = kExitUsage;
  std::string out, err;
};

void PrintReplayed(const ReplayCommand& command, const ReplayResult& replayed,
                   PrintedReplay& result) {
  const Paint paint(command.colors);
  const Violation violation = replayed.outcome.violation;
  absl::StrAppend(&result.out, replayed.timeline, "\n");
  if (violation != Violation::kNone) {
    absl::StrAppend(&result.out,
                    command.adapt ? paint("still broken: ", kBoldRed) : "",
                    paint(explorer::ViolationName(violation), kBoldRed), ": ",
                    PrintableText(replayed.outcome.message), "\n");
    result.status = kExitNotAsExpected;
    return;
  }
  result.status = kExitAsExpected;
  if (!command.adapt) {
    absl::StrAppend(&result.out, paint("no violation", kBoldGreen), "\n");
    return;
  }
  if (replayed.divergence.empty()) {
    absl::StrAppend(&result.out, paint("mended", kBoldGreen),
                    ": no violation; lockcheck explore says whether there are "
                    "others\n");
    return;
  }
  absl::StrAppend(&result.out, paint("another path now", kYellow), ": ",
                  replayed.divergence,
                  "\nno violation on the way that it went instead: '",
                  replayed.played.ToString(),
                  "'\nlockcheck explore says whether it is mended\n");
  result.status = kExitIncomplete;
}

PrintedReplay ReplayIn(const ReplayCommand& command, const Schedule& schedule,
                       const std::string& directory) {
  PrintedReplay result;
  const auto failed = [&](absl::string_view why) {
    result.err = absl::StrCat("lockcheck: ", why, "\n");
    result.status = kExitUsage;
    return result;
  };
  ExplorerOptions options;
  options.source = command.source;
  options.tracing.directory = directory;
  options.tracing.deadline = command.deadline;
  options.stuck_limit = kStuckLimit;
  options.tracing.start.obey_permissions = command.ordinary_user;
  const absl::StatusOr<std::unique_ptr<Explorer>> created =
      Explorer::Create(options);
  if (!created.ok()) return failed(created.status().message());
  const Replay::Then then =
      command.adapt ? Replay::Then::kAdapt : Replay::Then::kGoOn;
  std::optional<ReplayResult> first;
  int same = 0;
  for (int i = 0; i < command.times; ++i) {
    absl::StatusOr<ReplayResult> replayed = (*created)->Play(schedule, then);
    if (!replayed.ok()) return failed(replayed.status().message());
    if (replayed->outcome.stopped != explorer::Stopped::kNot) {
      return failed(replayed->outcome.message);
    }
    if (!command.adapt && !replayed->divergence.empty()) {
      return failed(replayed->divergence);
    }
    if (i > 0) {
      // Numbers that the system gave, and names made of them, may differ.
      same +=
          replayed->outcome.violation == first->outcome.violation &&
          explorer::SameButForNames(replayed->footprints, first->footprints);
      continue;
    }
    same = 1;
    first = *std::move(replayed);
    PrintReplayed(command, *first, result);
  }
  if (command.times > 1) {
    absl::StrAppend(&result.out, "the same in ", same, " of ", command.times,
                    " replays\n");
  }
  if (same < command.times) {
    return failed("it isn't deterministic: replays differ");
  }
  return result;
}

}  // namespace

int RunExplore(const ExploreCommand& command, std::ostream& out,
               std::ostream& err) {
  if (!CanWriteReport(command.json_path, err)) return kExitUsage;
  explorer::WorkersOptions options;
  options.campaign.explorer.source = command.source;
  options.campaign.explorer.tracing.deadline = command.deadline;
  options.campaign.explorer.stuck_limit = kStuckLimit;
  options.campaign.explorer.tracing.start.obey_permissions =
      command.ordinary_user;
  options.campaign.plan = command.plan;
  // Nothing is looked for that is no violation of a lock of its family.
  RunOptions look;
  look.source = command.source;
  // One that hangs, or takes long for each answer, must not use up more than
  // half of the budget here already.
  const absl::Duration begun = MonotonicNow();
  look.limit = std::min(look.limit, std::max(command.budget / 2, kLeastLook));
  look.deadline = std::min(command.deadline, look.limit);
  look.claim = command.profile;
  const Look seen = LookAt(look);
  const Profile& profile = seen.profile;
  explorer::Plan fitting = explorer::PlanFor(profile);
  // With all its time it might have been seen to be one that stays held when
  // its holder is killed.
  const bool unseen =
      seen.ended == Look::Ended::kTimeWasUp && command.profile.empty();
  if (unseen) {
    fitting.planted = explorer::Plan::Planted::kNothing;
    fitting.crashes = fitting.crash_states = false;
  }
  options.campaign.plan.planted = fitting.planted;
  options.campaign.plan.crashes &= fitting.crashes;
  options.campaign.plan.crash_states &= fitting.crash_states;
  options.campaign.explorer.tracing.start.obey_permissions |= profile.ordinary;
  options.campaign.budget =
      std::max(command.budget / 2, command.budget - (MonotonicNow() - begun));
  options.campaign.keep_going = command.keep_going;
  options.campaign.shard = command.shard;
  options.jobs = command.jobs;
  if (command.progress) {
    options.on_progress = [&err](const CampaignProgress& progress) {
      DrawProgress(progress, err);
    };
  }
  absl::StatusOr<Exploration> explored = explorer::RunWorkers(options);
  if (command.progress) err << kClearLine << std::flush;
  if (!explored.ok()) {
    err << "lockcheck: " << explored.status().message() << "\n";
    return kExitUsage;
  }
  explored->command = command.source.command;
  explored->options = command.invocation.options;
  std::ostream& console = command.json_path == "-" ? err : out;
  PrintExploredOptions print;
  print.source = command.source;
  print.invocation = command.invocation;
  print.statistics = command.statistics;
  print.colors = command.colors;
  const int status = PrintExplored(print, *explored, console);
  console << "profile: "
          << (unseen && !profile.claimed ? "not known" : profile.ToString())
          << "\n";
  if (unseen) {
    console << "the time was too short to see what the lock is, so nothing "
               "was planted and nobody was killed: give it a larger --budget, "
               "or --profile\n";
  } else if (!fitting.crashes) {
    console
        << (profile.family == Family::kUnknown &&
                    profile.stale == Profile::Stale::kUnknown
                ? "a killed holder's lock stayed held, which may be meant "
                  "so, and nobody is "
                : "by design a killed holder's lock stays held, so nobody is ")
        << "killed; --profile says otherwise\n";
  }
  if (!WriteReport(
          command.json_path,
          absl::StrCat(explorer::ExploredToJson(*explored).dump(2), "\n"), out,
          err)) {
    return kExitUsage;
  }
  return StatusIfWritten(status, out, err);
}

int RunReplay(const ReplayCommand& command, std::ostream& out,
              std::ostream& err) {
  const absl::StatusOr<Schedule> schedule = ReadSchedule(command.schedule);
  if (!schedule.ok()) {
    err << "lockcheck: " << schedule.status().message() << "\n";
    return kExitUsage;
  }
  // Status, what goes to standard output, and what to standard error.
  constexpr char kBetween = '\0';
  const absl::StatusOr<std::string> text =
      explorer::RunInWorker("", [&](const std::string& directory) {
        const PrintedReplay result = ReplayIn(command, *schedule, directory);
        return absl::StrCat(result.status, std::string(1, kBetween), result.out,
                            std::string(1, kBetween), result.err);
      });
  if (!text.ok()) {
    err << "lockcheck: " << text.status().message() << "\n";
    return kExitUsage;
  }
  const std::vector<std::string> parts = absl::StrSplit(*text, kBetween);
  if (parts.size() != 3) {
    err << "lockcheck: the replay said nothing that can be understood\n";
    return kExitUsage;
  }
  out << parts[1];
  err << parts[2];
  return StatusIfWritten(parts[0].front() - '0', out, err);
}

}  // namespace conformance
