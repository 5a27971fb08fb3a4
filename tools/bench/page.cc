// Goals first, then a table for each kind of figure, in Markdown.

#include "tools/bench/page.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "tools/bench/goals.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

constexpr char kNone[] = "–";

using Row = std::vector<std::string>;

std::string Line(const Row& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

// The first row is the head.
std::string Table(const std::vector<Row>& rows) {
  std::string table = Line(rows.front());
  absl::StrAppend(&table, Line(Row(rows.front().size(), "---")));
  for (size_t i = 1; i < rows.size(); ++i) table += Line(rows[i]);
  return table;
}

std::string Value(const Results& results, absl::string_view work,
                  absl::string_view variant) {
  const Figure* figure = results.Find(work, variant);
  return figure == nullptr ? kNone : Quantity(figure->value, figure->unit);
}

std::string Ratio(const Results& results, absl::string_view work,
                  absl::string_view variant, absl::string_view baseline) {
  const Figure* figure = results.Find(work, variant);
  const Comparison* comparison =
      figure == nullptr ? nullptr : figure->To(baseline);
  return comparison == nullptr ? kNone : Number(comparison->ratio);
}

// "33.2 µs (1.51)".
std::string ValueAndRatio(const Results& results, absl::string_view work,
                          absl::string_view variant,
                          absl::string_view baseline) {
  const std::string value = Value(results, work, variant);
  const std::string ratio = Ratio(results, work, variant, baseline);
  return ratio == kNone ? value : absl::StrCat(value, " (", ratio, ")");
}

std::string Goals(const std::vector<GoalResult>& goals) {
  std::vector<Row> rows = {{"Goal", "Found", "Bound", ""}};
  for (const GoalResult& result : goals) {
    switch (result.verdict) {
      case Verdict::kMet:
        rows.push_back({result.goal.what, result.found, result.bound, "met"});
        break;
      case Verdict::kMissed:
        rows.push_back({result.goal.what, result.found, result.bound,
                        absl::StrCat("**missed**. ", result.why)});
        break;
      case Verdict::kNotMeasured:
        rows.push_back({result.goal.what, kNone, result.bound, "not measured"});
        break;
    }
  }
  return Table(rows);
}

// The cost of a lock in one process: its time, and that of the calls.
std::string Cost(const Results& results) {
  std::vector<Row> rows = {{"", "", "time", "to `open`, `flock`, `close`",
                            "to its own calls, bare"}};
  const auto add = [&](const char* what, const std::string& work,
                       const std::vector<const char*>& variants) {
    for (const char* variant : variants) {
      std::string own = Ratio(results, work, variant, kSameCalls);
      if (own == kNone) {
        own = Ratio(results, work, variant, kSameCallsWithRecord);
      }
      rows.push_back({variant == variants.front() ? what : "", variant,
                      Value(results, work, variant),
                      Ratio(results, work, variant, kOpenFlockClose), own});
    }
  };
  add("a free lock", kFreeLock,
      {kOpenFlockClose, kSameCalls, kReference, kSameCallsWithRecord,
       kReferenceWithRecord});
  add("a refusal", kRefusal,
      {kOpenFlockClose, kSameCalls, kReferenceLogging, kLogRecord,
       kReferenceWithoutLog});
  return Table(rows);
}

std::string HandOver(const Results& results) {
  std::vector<Row> rows = {
      {"", "median", "99th percentile", "turns", "timed out", "processor"}};
  for (const char* variant : {kBlockingFlock, kWaitingForEver, kWithLimit,
                              kPolling1, kPolling10, kPolling50}) {
    const absl::string_view contestant =
        absl::string_view(variant) == kWithLimit ? kReference : variant;
    rows.push_back(
        {variant, ValueAndRatio(results, kHandOver, variant, kBlockingFlock),
         ValueAndRatio(results, kLateHandOver, variant, kBlockingFlock),
         Value(results, kContestShare, contestant),
         Value(results, kContestTimeouts, contestant),
         Value(results, kIdleWaiter, variant)});
  }
  return Table(rows);
}

std::string Peers(const Results& results) {
  Row head = {""};
  Row times = {"median"};
  Row ratios = {"to LockFile with a limit"};
  for (const char* variant :
       {kBlockingFlock, kWithLimit, kPyFilelock, kBoost, kFlockProgram}) {
    head.emplace_back(variant);
    times.push_back(Value(results, kPeerHandOver, variant));
    ratios.push_back(Ratio(results, kPeerHandOver, variant, kWithLimit));
  }
  return Table({head, times, ratios});
}

std::string Crowd(const Results& results) {
  Row head = {"", "processes"};
  for (const int processes : kCrowds) head.push_back(absl::StrCat(processes));
  std::vector<Row> rows = {head};
  for (const char* what : {kThroughput, kFairness, kLongestWait}) {
    for (const char* variant :
         {kBlockingFlock, kWaitingForEver, kWithLimit, kPolling10}) {
      Row row = {variant == kBlockingFlock ? what : "", variant};
      for (const int processes : kCrowds) {
        row.push_back(ValueAndRatio(results, CrowdWork(processes, what),
                                    variant, kBlockingFlock));
      }
      rows.push_back(row);
    }
  }
  return Table(rows);
}

}  // namespace

std::string PerformancePage(const std::vector<Goal>& goals,
                            const Results& results) {
  return absl::StrCat(
      "# Performance\n\n"
      "<!-- Generated by `tools/bazel run -c opt //tools:lockbench -- "
      "--docs`; do not edit. -->\n\n"
      "The figures are medians of one run on a machine with two shared "
      "processors. Each was measured in turns with what it is compared with. "
      "Only the ratios mean something on another machine. A dash stands for "
      "what was not measured.\n\n"
      "## Goals\n\n"
      "A lock that keeps its promises by system calls can't be faster than "
      "these calls. LockFile is therefore compared with its own calls, made "
      "bare, without the rest of it.\n\n",
      Goals(Judge(goals, results)),
      "\n## Cost\n\n"
      "A free lock is acquired and released, and one that somebody else has is "
      "refused. LockFile's calls alone take ",
      Ratio(results, kFreeLock, kSameCalls, kOpenFlockClose),
      " times as long as `open`, `flock` and `close`: two more look whether "
      "the locked file is the one at the path, and one unlocks before the "
      "close, because a child may have a copy of the descriptor. Those of a "
      "refusal take ",
      Ratio(results, kRefusal, kSameCalls, kOpenFlockClose),
      " times as long: two more read the holder's pid, and ask whether there "
      "is such a process.\n\n",
      Cost(results),
      "\n## Hand-over\n\n"
      "![From release to acquisition](performance.svg)\n\n"
      "The time from one's release to the acquisition of another, which waits; "
      "in parentheses the ratio to a blocking `flock`. *Turns* and *timed out* "
      "are those of a waiter with a limit of 100 ms beside three that block, "
      "*processor* is the time that an idle waiter uses.\n\n",
      HandOver(results),
      "\nThe same by the contender protocol, through pipes, with other "
      "people's locks. py-filelock and Boost poll. flock(1) blocks as LockFile "
      "does, but Bash starts a process for each call.\n\n",
      Peers(results),
      "\n## Crowd\n\n"
      "Many processes want one lock again and again, and hold it for 50 µs. In "
      "parentheses: the ratio to a blocking `flock`. Jain's index is 1 where "
      "all have equally many turns.\n\n",
      Crowd(results));
}

}  // namespace bench
