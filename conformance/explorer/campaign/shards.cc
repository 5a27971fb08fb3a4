// Shards are compared before they are united, and their reasons are kept.

#include "conformance/explorer/campaign/shards.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// Without the process's number.
std::string NameOf(const Exploration& explored) {
  const absl::StatusOr<Answer> answer = ParseAnswer(explored.introduction);
  if (!answer.ok()) return "a contender that didn't introduce itself";
  return PrintableText(absl::StrCat(answer->introduction.name, " ",
                                    answer->introduction.version));
}

// "shard 2", "shards 1, 3".
std::string ShardsOf(const Exploration& explored) {
  return absl::StrCat(explored.shards.size() == 1 ? "shard " : "shards ",
                      absl::StrJoin(explored.shards, ", "));
}

// "" or the reason why they aren't shards of one exploration.
std::string Disagreement(const ShardReport& one, const ShardReport& other) {
  const Exploration& its = other.explored;
  const auto differ = [&](const std::string& first, const std::string& second) {
    return absl::StrCat(one.name, " is about ", first, ", and ", other.name,
                        " about ", second);
  };
  if (one.explored.shard_count != its.shard_count) {
    return differ(
        absl::StrCat(ShardsOf(one.explored), " of ", one.explored.shard_count),
        absl::StrCat(ShardsOf(its), " of ", its.shard_count));
  }
  if (NameOf(one.explored) != NameOf(its)) {
    return differ(NameOf(one.explored), NameOf(its));
  }
  if (one.explored.command != its.command ||
      one.explored.options != its.options) {
    return absl::StrCat(one.name, " and ", other.name,
                        " come from other commands, or other options of "
                        "lockcheck explore");
  }
  if (one.explored.searches != its.searches ||
      one.explored.folders != its.folders ||
      one.explored.separate_commands != its.separate_commands) {
    return absl::StrCat(
        one.name, " and ", other.name,
        " have other searches: the options or the profile differ, or what "
        "crashes left, or one of them had to be careful, or had too small a "
        "budget to see what can be left; explore them again, alike");
  }
  return "";
}

// Where two shards that are done have met other numbers of parts, what one took
// for another's may be nobody's.
void NoticeOtherParts(SearchResult& one, const SearchResult& other,
                      std::string& why) {
  if (!one.complete || !other.complete ||
      one.statistics.parts == other.statistics.parts) {
    return;
  }
  one.complete = false;
  why = absl::StrCat("shards have divided it otherwise, into ",
                     one.statistics.parts, " and ", other.statistics.parts,
                     " parts: contenders did other things elsewhere");
}

// If there is none of its kind.
void AddKind(std::vector<Finding>& findings, Finding finding) {
  for (const Finding& known : findings) {
    if (known.violation == finding.violation) return;
  }
  findings.push_back(std::move(finding));
}

}  // namespace

absl::StatusOr<Exploration> MergeShards(std::vector<ShardReport> reports) {
  if (reports.empty()) return absl::InvalidArgumentError("there is no report");
  std::map<int, const std::string*> who;  // has reported on a shard
  for (const ShardReport& report : reports) {
    if (report.explored.shard_count == 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          report.name,
          " is about all of it, and not a shard: there is nothing to merge"));
    }
    const std::string wrong = Disagreement(reports.front(), report);
    if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
    for (const int shard : report.explored.shards) {
      const auto [known, is_new] = who.emplace(shard, &report.name);
      if (is_new) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          *known->second, " and ", report.name, " are both about shard ", shard,
          " of ", report.explored.shard_count));
    }
  }
  // Those of one report that was merged before say which shard they are of.
  for (ShardReport& report : reports) {
    if (report.explored.shards.size() != 1) continue;
    for (SearchResult& searched : report.explored.searched) {
      if (searched.complete) continue;
      searched.why =
          absl::StrCat("in ", ShardsOf(report.explored), ": ", searched.why);
    }
  }
  Exploration together = std::move(reports.front().explored);
  for (size_t i = 1; i < reports.size(); ++i) {
    const Exploration& other = reports[i].explored;
    std::vector<std::string> reasons;
    for (size_t j = 0; j < together.searched.size(); ++j) {
      const std::string& one = together.searched[j].why;
      const std::string& two = other.searched[j].why;
      reasons.push_back(
          absl::StrCat(one, one.empty() || two.empty() ? "" : "; ", two));
    }
    // Within one shard, what comes after the worst is found by chance.
    std::vector<std::vector<Finding>> findings;
    for (size_t j = 0; j < together.searched.size(); ++j) {
      findings.push_back(together.searched[j].findings);
      findings.back().insert(findings.back().end(),
                             other.searched[j].findings.begin(),
                             other.searched[j].findings.end());
      NoticeOtherParts(together.searched[j], other.searched[j], reasons[j]);
    }
    if (!together.Merge(other)) {
      return absl::InternalError("shards that agree can't be merged");
    }
    for (size_t j = 0; j < findings.size(); ++j) {
      for (Finding& finding : findings[j]) {
        AddKind(together.searched[j].findings, std::move(finding));
      }
    }
    together.shards.insert(other.shards.begin(), other.shards.end());
    for (size_t j = 0; j < reasons.size(); ++j) {
      together.searched[j].why = reasons[j];
    }
  }
  return together;
}

}  // namespace conformance::explorer
