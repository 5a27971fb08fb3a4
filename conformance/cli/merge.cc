// lockcheck merge.

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/files.h"
#include "conformance/cli/print_explored.h"
#include "conformance/explorer/campaign/explored_json.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shards.h"

namespace conformance {

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
          << explored.status().message() << "\n";
      return kExitUsage;
    }
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
