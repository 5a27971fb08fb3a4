// Searches the schedules of one implementation, one search after another, with
// the same contenders.
//
// A violation is made simple before it is told: its schedule is shrunk by
// replaying it (minimise.h), to the fewest faults, preemptions and steps. That
// takes longer than finding it, so it is done once for each kind.
//
// Where a search makes one thing go wrong, only what that causes counts: a
// schedule that also fails if nothing goes wrong is the business of the search
// without faults. (Unless SearchLimits::faultless says otherwise.)
//
// New contenders are copies of one that was started, where that is possible. A
// violation counts only if it shows again without copies.
//
// The process must be as tracer.h says. Errors are those of Execution: ours,
// never the implementation's.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/replay.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {

struct ExplorerOptions {
  ContenderSource source;
  TracerOptions tracing;      // the folder is emptied
  std::string lock = "lock";  // its name in there
  // Of one schedule: more, and it is given up. Only polling goes on for so
  // long.
  int max_steps = 2'000;
  // As in ExecutionOptions, before somebody who can't get on is told of.
  absl::Duration stuck_limit = absl::ZeroDuration();
  // As in ExecutionOptions.
  bool copies = true;
  bool separate_commands = false;
};

struct SearchLimits {
  // Even when nothing worse can be found, for longer than it takes to find
  // other kinds that are near.
  bool keep_going = false;
  int64_t executions = 0;  // of random searches, by each worker; 0: no limit
  // Of random searches: which of `workers` this is; it runs each `workers`th
  // schedule.
  int worker = 0;
  int workers = 1;
  // Both as in TreeSearch. And, of several that share a search: one has found
  // the worst in a part, so those beyond needn't be searched.
  std::function<bool(int64_t part)> mine;
  size_t part_depth = TreeSearch::kPartDepth;
  std::function<void(int64_t part)> found;
  std::function<bool(int64_t part)> needless;
  // After each execution.
  std::function<void(const Statistics&)> on_progress;
  // Whether another says Onward::kAgain: this one does then, and not why.
  std::function<bool()> stop;
  // A MonotonicNow after which an execution that takes long is given up.
  absl::Duration end = absl::InfiniteDuration();
  // Whether a violation that shows without a fault is also a finding of a
  // search with faults.
  bool faultless = false;
};

// After a search was gone on with.
enum class Onward {
  kOn,
  // All should be done again without copies and with late commands, since
  // copies showed a violation that contenders which were started don't show, or
  // one acquired or released by calls that can't be seen.
  kAgain,
};

// A search that has begun, and can be gone on with.
struct OngoingSearch {
  Search search;
  SearchLimits limits;
  std::unique_ptr<Scheduler> scheduler;
  SearchResult searched;
  bool over = false;          // there is nothing more to do
  absl::Duration until;       // it is being gone on with
  std::set<Violation> known;  // found so far
  int explained = 0;          // violations that no fault is to blame for
  int after_worst = -1;       // executions since it was found; -1: not yet
  // The crash left another thing when it was made again.
  bool unfaithful = false;
  // A contender that couldn't get on did when it was waited for by the clock,
  // or couldn't be waited for.
  bool outwaited = false;
  int leaks = 0;  // executions that were repeated, to see if they leak
  int lost = 0;   // violations that didn't show again
  std::string lost_schedule;  // of the first
};

// The end of a replay.
struct ReplayResult {
  ExecutionOutcome outcome;  // it may have been broken off
  std::string divergence;    // empty: the schedule was possible
  std::string timeline;
  std::vector<Footprint> footprints;  // of its steps
  Schedule played;                    // with these steps, all that were made
};

class Explorer {
 public:
  // Errors as of Execution::Create.
  static absl::StatusOr<std::unique_ptr<Explorer>> Create(
      const ExplorerOptions& options);

  // Learns which names of files are made up anew each time (names.h), by
  // running a few schedules twice from this state. To be done before searching.
  absl::Status LearnNames(const InitialState& initial);

  static OngoingSearch Begin(const Search& search, const SearchLimits& limits);
  // Until it is over, or this time has come (MonotonicNow), or so many more
  // executions have been made.
  absl::StatusOr<Onward> Continue(OngoingSearch& run, absl::Duration until,
                                  int64_t executions = INT64_MAX);
  // Why all should be done again, for people; empty where another knows it.
  const std::string& again_because() const { return again_because_; }

  // The end of TracerOptions has come, be it before the first contender had
  // started: nothing that begins from now on is done.
  bool time_is_up() const { return execution_->time_is_up(); }

  // The folders that a lone contender can leave when it is killed, other than
  // the usual initial states: searches without their cycles. Those for which
  // it matters are there a second time, a year later. None if the time is up.
  absl::StatusOr<std::vector<Search>> CrashStates();

  // Runs the schedule in new contenders, and on without preemption. NotFound
  // for an initial state that isn't known.
  absl::StatusOr<ReplayResult> Play(const Schedule& schedule,
                                    Replay::Then then = Replay::Then::kGoOn);

  // The first contender's answer to hello.
  const std::string& introduction() const { return execution_->introduction(); }
  // Adds what was seen and done since the beginning.
  void Account(Exploration& explored) const;

 private:
  explicit Explorer(const ExplorerOptions& options) : options_(options) {}

  // Of one execution.
  struct ExecutionTrace {
    ExecutionOutcome outcome;
    std::vector<Step> steps;
    std::vector<Footprint> footprints;
  };

  // Of the executions of a script; as in ExecutionOptions.
  struct Conditions {
    bool crashes = false;
    bool failures = false;
    bool record = false;
    bool copies = true;  // where ExplorerOptions say so
    bool needs_visible = false;
    bool plain = false;
  };

  // As Play, in a folder that is new, as that of somebody else's replay is.
  absl::StatusOr<ReplayResult> PlayElsewhere(const Schedule& schedule);
  absl::StatusOr<ReplayResult> PlayInThose(
      const Schedule& schedule, Replay::Then then = Replay::Then::kGoOn,
      bool plain = false);
  absl::Status LearnDescriptors(const Schedule& schedule);
  absl::Status LearnPlainDescriptors(Schedule schedule);
  absl::StatusOr<std::optional<Schedule>> ShowLeak(OngoingSearch& run,
                                                   const ExecutionTrace& ran);
  absl::Status Configure(const Schedule& script, const Conditions& conditions);
  void BreakOff(OngoingSearch& run, const ExecutionOutcome& outcome);
  void SumUp(OngoingSearch& run) const;
  absl::StatusOr<ExecutionTrace> RunOne(
      Scheduler& scheduler, const InitialState& initial,
      absl::Duration end = absl::InfiniteDuration());
  absl::StatusOr<InitialState> InitialOf(absl::string_view name) const;
  // Whether the schedule shows the violation; false when the time is up.
  absl::StatusOr<bool> Shows(const Schedule& schedule, Violation violation);
  absl::StatusOr<bool> ShowsWithoutCopies(const Schedule& schedule,
                                          Violation violation);
  absl::StatusOr<bool> ShowsUnder(const Conditions& conditions,
                                  const Schedule& schedule,
                                  Violation violation);
  bool TooLateFor(const OngoingSearch& run) const;
  absl::StatusOr<bool> FailsWithoutFaults(const Schedule& schedule);
  enum class Real { kYes, kNo, kFolderDiffers };
  absl::StatusOr<Real> IsReal(const Search& search, const Schedule& schedule,
                              Violation violation);
  absl::StatusOr<bool> AgeMatters(const Search& young, const Search& old);
  absl::Status RecordExecution(OngoingSearch& run, const ExecutionTrace& ran);
  absl::StatusOr<std::optional<Finding>> Find(OngoingSearch& run,
                                              const Schedule& found,
                                              Violation violation,
                                              bool has_fault);

  ExplorerOptions options_;
  std::unique_ptr<Execution> execution_;
  std::set<Violation> simplified_;  // of which a finding was made simple
  // Which didn't show when more time was given by the clock.
  std::set<Violation> outwaited_;
  absl::Duration stuck_limit_;  // of the present replay
  int folders_ = 0;             // that were made for one replay
  bool tried_plain_ = false;
  std::string again_because_;
  std::string unseen_wait_;  // why waiting can't be searched
  std::string unseen_end_;   // why ends can't
  std::string unkillable_;   // why nothing can
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORER_H_
