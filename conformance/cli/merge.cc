// lockcheck merge.

#include <algorithm>
#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/files.h"
#include "conformance/cli/print_explored.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shards.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

using explorer::Exploration;

// A report comes from elsewhere, and a terminal obeys what is in it.
void MakePrintable(Exploration& explored) {
  const auto printable = [](std::string& text) { text = PrintableText(text); };
  for (std::string& search : explored.searches) printable(search);
  for (std::string& folder : explored.folders) printable(folder);
  printable(explored.separate_commands_because);
  for (explorer::SearchResult& searched : explored.searched) {
    printable(searched.why);
    for (explorer::Finding& finding : searched.findings) {
      printable(finding.violation);
      printable(finding.timeline);
    }
  }
  std::map<std::string, int64_t> calls;
  for (const auto& [name, times] : explored.calls) {
    calls[PrintableText(name)] += times;
  }
  explored.calls = std::move(calls);
  std::map<std::string, std::set<std::string>> errors;
  for (const auto& [name, tried] : explored.errors) {
    std::set<std::string>& known = errors[PrintableText(name)];
    for (const std::string& error : tried) known.insert(PrintableText(error));
  }
  explored.errors = std::move(errors);
}

// Whether a shell would take them for options and nothing else.
bool AreOptions(absl::string_view text) {
  for (const absl::string_view option :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!absl::StartsWith(option, "--") || option.size() < 3 ||
        !std::all_of(option.begin(), option.end(), [](char c) {
          return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                 absl::StrContains("-=._", c);
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace

int RunMerge(const MergeCommand& command, std::ostream& out,
             std::ostream& err) {
  if (!CanWriteReport(command.json_path, err)) return kExitUsage;
  std::vector<explorer::ShardReport> reports;
  for (const std::string& path : command.paths) {
    const absl::StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) {
      err << "lockcheck: " << text.status().message() << "\n";
      return kExitUsage;
    }
    absl::StatusOr<explorer::Exploration> explored =
        explorer::ExploredFromJson(*text);
    if (!explored.ok()) {
      err << "lockcheck: " << path
          << " is no report of lockcheck explore --json: "
          << PrintableText(explored.status().message()) << "\n";
      return kExitUsage;
    }
    if (!AreOptions(explored->options)) {
      err << "lockcheck: " << path
          << ": its field \"options\" has something else than options\n";
      return kExitUsage;
    }
    MakePrintable(*explored);
    reports.push_back({path, *std::move(explored)});
  }
  const absl::StatusOr<explorer::Exploration> merged =
      explorer::MergeShards(std::move(reports));
  if (!merged.ok()) {
    err << "lockcheck: " << merged.status().message() << "\n";
    return kExitUsage;
  }
  PrintExploredOptions print;
  print.source.command = merged->command;
  print.invocation = {command.program, merged->options};
  print.statistics = command.statistics;
  print.colors = command.colors;
  print.merged = true;
  const int status =
      PrintExplored(print, *merged, command.json_path == "-" ? err : out);
  if (!WriteReport(
          command.json_path,
          absl::StrCat(explorer::ExploredToJson(*merged).dump(2), "\n"), out,
          err)) {
    return kExitUsage;
  }
  return StatusIfWritten(status, out, err);
}

}  // namespace conformance
