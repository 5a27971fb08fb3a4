// The extent of one search, its findings, and those of several that share the
// work. Values only.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_SEARCH_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_SEARCH_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {

// So many contenders, from one state of the folder, with what may go wrong, in
// one order.
struct Search {
  enum class Order {
    kExhaustive,  // all of them within the bounds
    kRandom,      // random_walk.h
    kPct,         // pct.h
  };
  enum class Faults {
    kNone,
    kCrashes,   // one contender is killed before or after one of its calls
    kFailures,  // one call fails, or one write is cut short
  };

  std::vector<int> cycles = {1, 1};  // one for each contender
  bool waits = false;                // for ever, instead of trying once
  bool fresh = false;                // as in ExecutionOptions
  // As in Schedule. With an initial state that a crash left, it is old.
  bool ages = false;
  std::vector<NormalEnd> ends;  // as in Schedule
  InitialState initial = {"empty", {}};
  // If the initial state is what a crash left: how a lone contender came to
  // leave it, from the state `before`.
  std::vector<Step> crash;
  std::string before;
  Order order = Order::kExhaustive;
  // Any number of preemptions, up to equivalence; or so many, without that.
  int max_preemptions = TreeSearch::kNoBound;
  Faults faults = Faults::kNone;
  uint64_t seed = 1;  // of kRandom and kPct

  // "2 contenders, cycles 2,2: every interleaving up to equivalence"
  std::string Describe() const;
  // "empty folder"
  std::string DescribeFolder() const;

  // Its schedules but for their steps; and with these, and what left the
  // initial state as the first steps of a contender more.
  Schedule Script() const;
  Schedule ScheduleOf(std::vector<Step> steps) const;
};

// A violation, and the schedule that shows it.
struct Finding {
  std::string violation;  // ViolationName
  std::string message;
  Schedule schedule;       // as simple as it could be made
  Schedule found;          // as it was found
  std::string timeline;    // of `schedule`
  bool replayed = true;    // `schedule` showed it again
  bool simple = true;      // false: left as it was found, since the same kind
                           // of violation was made simple in another search
  bool last = false;       // the search ended with it: there is nothing worse
  int64_t part = 0;        // of the search: the smallest came first
  int64_t executions = 0;  // to make it simple
};

struct SearchResult {
  Statistics statistics;
  bool complete = false;
  std::string why;  // not complete
  // The first of each kind of violation.
  std::vector<Finding> findings;
  int64_t violations = 0;  // all of them, up to where the search ended
  // The sum of what the schedules hash to, in whatever order they were run: the
  // same for the same search.
  uint64_t fingerprint = 0;
  absl::Duration took;

  // As if one search had done what both did.
  void Merge(const SearchResult& other);
};

// Everything that was looked at of one implementation.
struct Exploration {
  std::string introduction;  // the answer to hello
  // Its shares that are in here, of so many (shard.h).
  std::set<int> shards = {1};
  int shard_count = 1;
  // The contender's, empty for the embedded reference; and the options that
  // change what is found, as in Invocation. For reports.
  std::vector<std::string> command;
  std::string options;
  std::vector<std::string> searches;   // described
  std::vector<std::string> folders;    // each one's, described
  std::vector<SearchResult> searched;  // one for each
  std::map<std::string, int64_t> calls;
  // The errors that each was made to fail with.
  std::map<std::string, std::set<std::string>> errors;
  bool separate_commands = false;         // as in ExplorerOptions
  std::string separate_commands_because;  // for people
  int64_t starts = 0;                     // of contenders
  int64_t stops = 0;                      // of their threads
  int jobs = 1;
  absl::Duration took;

  bool complete() const;  // with no shard missing
  std::vector<int> missing_shards() const;
  // As if one had done it all. False: it searched something else.
  bool Merge(const Exploration& other);
  // The first of each kind, over all searches; the worst kind before others.
  std::vector<const Finding*> Findings() const;
};

// The extent of an exploration, and its limits: a line for searches that differ
// only in the folder they began with, the calls that were seen, and what can't
// be. Never says more than what was done: of shards, that they are some.
std::string Certificate(const Exploration& explored);
// Executions, steps and their rates, as a table.
std::string StatisticsTable(const Exploration& explored);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_SEARCH_H_
