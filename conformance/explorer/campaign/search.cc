// Describing, merging and certifying.

#include "conformance/explorer/campaign/search.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/wrap.h"

namespace conformance::explorer {
namespace {

// Nothing is worse.
constexpr absl::string_view kWorst = "two hold";

constexpr size_t kTextColumn = 12;  // of the certificate
constexpr absl::string_view kNewLine = "\n            ";

std::string Count(int64_t n, absl::string_view what) {
  return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
}

std::string Seconds(absl::Duration took) {
  return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(took));
}

std::string Figures(const SearchResult& searched) {
  const Statistics& n = searched.statistics;
  return absl::StrCat(
      Count(n.schedules, "schedule"), " run",
      n.pruned > 0 ? absl::StrCat(", ", n.pruned, " given up as equivalent")
                   : "",
      searched.violations > 0
          ? absl::StrCat(", ", Count(searched.violations, "violation"))
          : "",
      ", ", Seconds(searched.took));
}

// ", b ends when it is done"
std::string DescribeEnds(const std::vector<NormalEnd>& ends) {
  std::string text;
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == NormalEnd::kNone) continue;
    absl::StrAppend(
        &text, ", ", LetterOf(static_cast<int>(i)), " ends ",
        ends[i] == NormalEnd::kHolding ? "while it holds" : "when it is done");
  }
  return text;
}

}  // namespace

std::string Search::DescribeFolder() const {
  if (initial.name == "empty") return "empty folder";
  if (initial.name == "leftover") return "empty file left over";
  if (initial.name == "stale-pid") return "a dead process's number";
  if (initial.name == "foreign") return "foreign text";
  if (initial.name == "old") return "an old file of a dead process";
  return absl::StrCat("left by a crash", ages ? " a year ago" : "", " (",
                      before, ": ",
                      absl::StrJoin(crash, " ",
                                    [](std::string* out, const Step& step) {
                                      absl::StrAppend(out, step.ToString());
                                    }),
                      ")");
}

std::string Search::Describe() const {
  const bool bounded = max_preemptions != TreeSearch::kNoBound;
  std::string what;
  switch (order) {
    case Order::kExhaustive:
      if (cycles.size() == 1) {
        what = "alone";
        break;
      }
      what = bounded ? absl::StrCat("every interleaving with at most ",
                                    Count(max_preemptions, "preemption"))
                     : "every interleaving up to equivalence";
      break;
    case Order::kRandom:
      what = absl::StrCat("random interleavings, seed ", seed);
      break;
    case Order::kPct:
      what = absl::StrCat("interleavings by random priorities, seed ", seed);
      break;
  }
  const absl::string_view with =
      faults == Faults::kNone
          ? ""
          : (faults == Faults::kCrashes
                 ? ", one of them killed before or after any call"
                 : ", one call failing with each error, or cut short");
  return absl::StrCat(Count(static_cast<int64_t>(cycles.size()), "contender"),
                      ", cycles ", absl::StrJoin(cycles, ","),
                      waits ? ", waiting" : "", fresh ? ", new processes" : "",
                      DescribeEnds(ends), ": ", what, with);
}

Schedule Search::Script() const {
  Schedule script;
  script.cycles = cycles;
  script.waits = waits;
  script.fresh = fresh;
  script.ages = ages;
  script.ends = ends;
  script.initial = initial.name;
  return script;
}

Schedule Search::ScheduleOf(std::vector<Step> steps) const {
  Schedule schedule = Script();
  if (!crash.empty()) {
    schedule.initial = before;
    schedule.cycles.insert(schedule.cycles.begin(), 1);
    if (!ends.empty()) {
      schedule.ends.insert(schedule.ends.begin(), NormalEnd::kNone);
    }
    for (Step& step : steps) ++step.actor;
    steps.insert(steps.begin(), crash.begin(), crash.end());
  }
  schedule.steps = std::move(steps);
  return schedule;
}

void SearchResult::Merge(const SearchResult& other) {
  Statistics& mine = statistics;
  const Statistics& its = other.statistics;
  mine.schedules += its.schedules;
  mine.pruned += its.pruned;
  mine.abandoned += its.abandoned;
  mine.diverged += its.diverged;
  mine.steps += its.steps;
  mine.parts = std::max(mine.parts, its.parts);
  mine.max_depth = std::max(mine.max_depth, its.max_depth);
  mine.exhausted &= its.exhausted;
  if (its.remaining >= 0) {  // else it isn't known
    mine.remaining = std::max(mine.remaining, 0.0) + its.remaining;
  }
  complete &= other.complete;
  if (why.empty()) why = other.why;
  violations += other.violations;
  fingerprint += other.fingerprint;
  took = std::max(took, other.took);
  for (const Finding& theirs : other.findings) {
    const auto same = std::find_if(
        findings.begin(), findings.end(),
        [&](const Finding& f) { return f.violation == theirs.violation; });
    if (same == findings.end()) {
      findings.push_back(theirs);
    } else if (theirs.part < same->part) {
      *same = theirs;
    }
  }
  std::sort(findings.begin(), findings.end(),
            [](const Finding& a, const Finding& b) { return a.part < b.part; });
  // Findings beyond the one that ended a search are found by chance.
  const auto last =
      std::find_if(findings.begin(), findings.end(),
                   [](const Finding& finding) { return finding.last; });
  if (last != findings.end()) findings.erase(last + 1, findings.end());
}

bool Exploration::complete() const {
  return missing_shards().empty() && !searched.empty() &&
         std::all_of(searched.begin(), searched.end(),
                     [](const SearchResult& s) { return s.complete; });
}

std::vector<int> Exploration::missing_shards() const {
  std::vector<int> missing;
  for (int shard = 1; shard <= shard_count; ++shard) {
    if (shards.count(shard) == 0) missing.push_back(shard);
  }
  return missing;
}

bool Exploration::Merge(const Exploration& other) {
  if (searches != other.searches || folders != other.folders ||
      searched.size() != other.searched.size()) {
    return false;
  }
  for (size_t i = 0; i < searched.size(); ++i) {
    searched[i].Merge(other.searched[i]);
  }
  for (const auto& [name, times] : other.calls) calls[name] += times;
  for (const auto& [name, tried] : other.errors) {
    errors[name].insert(tried.begin(), tried.end());
  }
  starts += other.starts;
  stops += other.stops;
  jobs += other.jobs;
  took = std::max(took, other.took);
  return true;
}

std::vector<const Finding*> Exploration::Findings() const {
  std::vector<const Finding*> all;
  // Those that are simple first.
  for (const bool simple : {true, false}) {
    for (const SearchResult& one : searched) {
      for (const Finding& finding : one.findings) {
        if (finding.simple != simple) continue;
        const bool known =
            std::any_of(all.begin(), all.end(), [&](const Finding* other) {
              return other->violation == finding.violation;
            });
        if (!known) all.push_back(&finding);
      }
    }
  }
  std::stable_partition(all.begin(), all.end(), [](const Finding* finding) {
    return finding->last || finding->violation == kWorst;
  });
  return all;
}

namespace {

// The complete searches, those of one kind together.
std::string Complete(const Exploration& explored) {
  std::string text;
  const absl::string_view label =
      explored.missing_shards().empty() ? "complete    " : "share done  ";
  for (size_t i = 0; i < explored.searched.size();) {
    size_t end = i;
    SearchResult together;
    together.complete = true;
    std::vector<absl::string_view> folders;
    for (; end < explored.searched.size() &&
           explored.searches[end] == explored.searches[i];
         ++end) {
      const SearchResult& searched = explored.searched[end];
      if (!searched.complete) continue;
      const absl::Duration took = together.took + searched.took;
      together.Merge(searched);
      together.took = took;
      folders.push_back(explored.folders[end]);
    }
    if (!folders.empty()) {
      absl::StrAppend(
          &text, label,
          Wrap(absl::StrCat(explored.searches[i], "\n", Figures(together),
                            "; from ", absl::StrJoin(folders, ", ")),
               kTextColumn),
          "\n");
    }
    i = end;
  }
  return text;
}

// The others, those with one reason together.
std::string Incomplete(const Exploration& explored) {
  struct Group {
    std::string why;
    size_t searches = 0;
    SearchResult together;
    // Of each kind, in the order of the searches.
    std::vector<std::pair<absl::string_view, std::vector<absl::string_view>>>
        kinds;
  };
  std::vector<Group> groups;
  for (size_t i = 0; i < explored.searched.size(); ++i) {
    const SearchResult& searched = explored.searched[i];
    if (searched.complete) continue;
    auto group = std::find_if(
        groups.begin(), groups.end(),
        [&](const Group& known) { return known.why == searched.why; });
    if (group == groups.end()) {
      groups.emplace_back();
      group = groups.end() - 1;
      group->why = searched.why;
    }
    ++group->searches;
    const absl::Duration took = group->together.took + searched.took;
    group->together.Merge(searched);
    group->together.took = took;
    if (group->kinds.empty() ||
        group->kinds.back().first != explored.searches[i]) {
      group->kinds.push_back({explored.searches[i], {}});
    }
    group->kinds.back().second.push_back(explored.folders[i]);
  }
  std::string text;
  for (const Group& group : groups) {
    const std::string why = absl::StrCat(
        group.searches,
        group.searches == 1 ? " search: " : " searches: ", group.why);
    // A schedule in it is copied as one line.
    const bool whole = absl::StrContains(why, " contenders=");
    absl::StrAppend(&text, "INCOMPLETE  ", whole ? why : Wrap(why, kTextColumn),
                    kNewLine, Figures(group.together));
    for (const auto& [kind, folders] : group.kinds) {
      absl::StrAppend(
          &text, kNewLine, "- ",
          Wrap(absl::StrCat(kind, "; from ", absl::StrJoin(folders, ", ")),
               kTextColumn + 2));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string Certificate(const Exploration& explored) {
  std::string text;
  const auto row = [&text](absl::string_view label, absl::string_view of) {
    absl::StrAppendFormat(&text, "%-12s%s\n", label, Wrap(of, kTextColumn));
  };
  if (!explored.missing_shards().empty()) {
    row(explored.shards.size() == 1 ? "shard" : "shards",
        absl::StrCat(absl::StrJoin(explored.shards, ", "), " of ",
                     explored.shard_count,
                     ": a share of the schedules of each search, and no more; "
                     "lockcheck merge tells what all of them are together"));
  }
  absl::StrAppend(&text, Complete(explored), Incomplete(explored));
  std::vector<std::pair<int64_t, std::string>> calls;
  for (const auto& [name, times] : explored.calls) {
    calls.emplace_back(times, name);
  }
  std::sort(calls.rbegin(), calls.rend());
  row("calls seen",
      calls.empty()
          ? "none"
          : absl::StrJoin(calls, ", ", [](std::string* out, const auto& call) {
              absl::StrAppend(out, call.second, " ", call.first);
            }));
  if (!explored.errors.empty()) {
    row("errors", absl::StrJoin(explored.errors, "\n",
                                [](std::string* out, const auto& call) {
                                  absl::StrAppend(
                                      out, call.first, " ",
                                      absl::StrJoin(call.second, " "));
                                }));
  }
  if (explored.separate_commands) {
    row("careful",
        absl::StrCat("without copies, each command begun by a step of its own, "
                     "and waiting not searched:\n",
                     explored.separate_commands_because));
  }
  row("unseen",
      "memory maps, futexes, sockets, FIFOs, extended attributes, positions in "
      "files, notifications, and all outside of the lock's folder; io_uring is "
      "made to fail; naps take no time: old is only what was there before, or "
      "left by a crash; a crash kills the process that locks, and no child of "
      "it");
  return text;
}

std::string StatisticsTable(const Exploration& explored) {
  std::string text =
      absl::StrFormat("%9s %9s %9s %6s %8s %12s %8s  %-16s  %s\n", "schedules",
                      "pruned", "steps", "depth", "seconds", "schedules/s",
                      "steps/s", "fingerprint", "search");
  const auto row = [&](const Statistics& n, absl::Duration took,
                       uint64_t fingerprint, absl::string_view name) {
    const double seconds = std::max(absl::ToDoubleSeconds(took), 1e-6);
    absl::StrAppendFormat(
        &text, "%9d %9d %9d %6d %8.2f %12.0f %8.0f  %016x  %s\n", n.schedules,
        n.pruned, n.steps, n.max_depth, seconds,
        static_cast<double>(n.schedules + n.pruned) / seconds,
        static_cast<double>(n.steps) / seconds, fingerprint, name);
  };
  SearchResult all;
  for (size_t i = 0; i < explored.searched.size(); ++i) {
    const SearchResult& searched = explored.searched[i];
    row(searched.statistics, searched.took, searched.fingerprint,
        absl::StrCat(explored.searches[i], "; ", explored.folders[i]));
    all.Merge(searched);
  }
  row(all.statistics, explored.took, all.fingerprint,
      explored.jobs == 1
          ? "all, by one process"
          : absl::StrCat("all, by ", explored.jobs, " processes"));
  return text;
}

}  // namespace conformance::explorer
