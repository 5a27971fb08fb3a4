// By the certificate, and what a person must not overlook.

#include "conformance/cli/print_explored.h"

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "conformance/again.h"
#include "conformance/cli/exit_status.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/protocol.h"
#include "conformance/report/console.h"
#include "conformance/report/paint.h"
#include "conformance/wrap.h"

namespace conformance {
namespace {

using explorer::Exploration;
using explorer::Finding;

absl::string_view Shards(size_t count) {
  return count == 1 ? "shard" : "shards";
}

void PrintFinding(const PrintExploredOptions& options, const Finding& finding,
                  std::ostream& out) {
  const Paint paint(options.colors);
  out << paint(finding.violation, kBoldRed) << ": "
      << WrapFrom(finding.violation.size() + 2, PrintableText(finding.message),
                  0)
      << "\n\n"
      << Indent(finding.timeline, 2) << "\n";
  if (!finding.replayed) {
    out << "  It did not show again: the implementation is not deterministic, "
           "or the machine interfered.\n  It was found by '"
        << finding.found.ToString() << "'\n";
  }
  out << "  again: "
      << CommandToReplay(options.invocation, options.source,
                         finding.schedule.ToString())
      << "\n\n";
}

std::string Name(const std::string& introduction) {
  const absl::StatusOr<Answer> answer = ParseAnswer(introduction);
  if (!answer.ok()) return "the contender";
  return absl::StrCat(PrintableText(answer->introduction.name), " ",
                      PrintableText(answer->introduction.version));
}

}  // namespace

int PrintExplored(const PrintExploredOptions& options,
                  const Exploration& explored, std::ostream& out) {
  const std::vector<const Finding*> findings = explored.Findings();
  int64_t schedules = 0;
  size_t incomplete = 0;
  bool hurried = false;
  for (const explorer::SearchResult& searched : explored.searched) {
    schedules += searched.statistics.schedules;
    incomplete += searched.complete ? 0 : 1;
    hurried |= absl::StrContains(searched.why, "time was up");
  }
  const bool too_little = findings.empty() && schedules > 0 &&
                          2 * incomplete > explored.searched.size();
  const std::string little =
      absl::StrCat("no violation in ", schedules, " schedules; ", incomplete,
                   " of ", explored.searched.size(), " searches incomplete");
  // A person who reads one line only mustn't take it for a pass.
  const Paint paint(options.colors);
  if (too_little) out << paint(little, kBoldRed) << "\n";
  out << Name(explored.introduction) << "  " << options.source.ToString()
      << "\n\n";
  for (const Finding* finding : findings) PrintFinding(options, *finding, out);
  out << explorer::Certificate(explored) << "\n";
  if (options.statistics) {
    out << explorer::StatisticsTable(explored)
        << "starts of contenders: " << explored.starts
        << "; stops of their threads: " << explored.stops << "\n\n";
  }
  if (!findings.empty()) {
    out << paint(absl::StrCat(findings.size(), findings.size() == 1
                                                   ? " kind of violation"
                                                   : " kinds of violation"),
                 kBoldRed)
        << " in " << schedules << " schedules\n";
    return kExitNotAsExpected;
  }
  if (schedules == 0 && incomplete == 0 && !explored.missing_shards().empty()) {
    out << "nothing of these searches falls to this shard: they are smaller "
           "than that\n";
    return options.merged ? kExitIncomplete : kExitAsExpected;
  }
  if (schedules == 0) {
    out << "no schedule was run in the time: give it a larger --budget\n";
    return kExitUsage;
  }
  const std::string advice =
      hurried ? ": a larger --budget completes those that ran out of time" : "";
  if (too_little) {
    out << paint(little, kBoldRed) << WrapFrom(little.size(), advice, 0)
        << "\n";
    return kExitIncomplete;
  }
  constexpr absl::string_view kNone = "no violation";
  std::string rest = absl::StrCat("in ", schedules, " schedules");
  const std::vector<int> missing = explored.missing_shards();
  if (!missing.empty()) {
    absl::StrAppend(&rest, " of ", Shards(explored.shards.size()), " ",
                    absl::StrJoin(explored.shards, ", "), " of ",
                    explored.shard_count);
  }
  if (incomplete > 0) {
    absl::StrAppend(&rest, "; but ", incomplete, " of ",
                    explored.searched.size(),
                    incomplete == 1 ? " searches is incomplete"
                                    : " searches are incomplete",
                    advice);
  }
  // A shard may be a pass of its own share; what was merged is to be a whole.
  if (!missing.empty() && options.merged) {
    out << paint(absl::StrCat(Shards(missing.size()), " ",
                              absl::StrJoin(missing, ", "), " of ",
                              explored.shard_count,
                              missing.size() == 1 ? " is" : " are", " missing"),
                 kBoldRed)
        << "; no violation " << rest << "\n";
    return kExitIncomplete;
  }
  out << paint(kNone, kBoldGreen) << " " << WrapFrom(kNone.size() + 1, rest, 0);
  out << "\n";
  return kExitAsExpected;
}

}  // namespace conformance
