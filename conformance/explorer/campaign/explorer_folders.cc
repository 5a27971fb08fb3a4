// Lessons before a search: which names are made up anew each time, and which
// folders a crash can leave.

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/generated_names.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/random_walk.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {
namespace {

// So many random schedules of two contenders are run twice to learn names.
constexpr uint64_t kSchedulesToLearnFrom = 3;

std::string WithoutNumbers(absl::string_view text) {
  std::string without;
  bool digits = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) without += c;
    if (digit && !digits) without += '#';
    digits = digit;
  }
  return without;
}

// A folder without what differs from one process to the next.
std::string Likeness(const std::vector<Entry>& entries,
                     const GeneratedNames& names) {
  std::string likeness;
  for (const Entry& entry : entries) {
    absl::StrAppend(&likeness, static_cast<int>(entry.kind), " ",
                    WithoutNumbers(names.Pattern(entry.name)), " ", entry.mode,
                    " ", WithoutNumbers(entry.content), "\n");
  }
  return likeness;
}

// With a number that no process can have for that of the one that left it: the
// system uses numbers again, and soon.
std::vector<Entry> OfDeadProcess(std::vector<Entry> entries,
                                 const std::vector<pid_t>& processes) {
  const auto dead = [&](absl::string_view text) {
    return WithOtherNumbers(
        text, [&](absl::string_view number) -> std::optional<std::string> {
          for (const pid_t pid : processes) {
            if (number == absl::StrCat(pid)) return absl::StrCat(kDeadPid);
          }
          return std::nullopt;
        });
  };
  for (Entry& entry : entries) {
    entry.name = dead(entry.name);
    entry.content = dead(entry.content);
  }
  return entries;
}

}  // namespace

absl::Status Explorer::LearnNames(const InitialState& initial) {
  bool hung = false;
  // `again`: the second time by new processes.
  const auto learn = [&](const std::vector<int>& cycles, uint64_t seed,
                         bool again) -> absl::Status {
    if (hung) return absl::OkStatus();
    Schedule script;
    script.cycles = cycles;
    script.separate_commands = options_.separate_commands;
    std::optional<ExecutionTrace> before;
    for (int i = 0; i < 2; ++i) {
      absl::Status configured = Configure(script, Conditions());
      if (!configured.ok()) return configured;
      if (again && i > 0) execution_->StartAnew();
      RandomWalk::Options options;
      options.seed = seed;
      RandomWalk walk(options);
      walk.NextSchedule();
      absl::StatusOr<ExecutionTrace> ran = RunOne(walk, initial);
      if (!ran.ok()) return ran.status();
      // A hang is found by the searches.
      hung |= ran->outcome.violation == Violation::kHung;
      if (hung || time_is_up()) return absl::OkStatus();
      for (size_t step = 0; before.has_value(); ++step) {
        if (step >= ran->steps.size() || step >= before->steps.size() ||
            ran->steps[step] != before->steps[step] ||
            !execution_->names().Learn(before->footprints[step],
                                       ran->footprints[step])) {
          break;
        }
      }
      before = *std::move(ran);
      if (again) continue;
      const GeneratedNames& names = execution_->names();
      if (std::all_of(before->footprints.begin(), before->footprints.end(),
                      [&](const Footprint& touched) {
                        return names.KnowsAll(touched);
                      })) {
        break;
      }
    }
    return absl::OkStatus();
  };
  absl::Status learnt = learn({2}, 1, false);
  for (uint64_t seed = 1; seed <= kSchedulesToLearnFrom && learnt.ok();
       ++seed) {
    learnt = learn({1, 1}, seed, false);
  }
  // A name that a process makes up once is the same as long as it lives.
  if (learnt.ok() && initial.entries.empty()) learnt = learn({1, 1}, 1, true);
  return learnt;
}

absl::StatusOr<std::vector<Search>> Explorer::CrashStates() {
  std::vector<Search> states;
  std::set<std::string> likenesses;
  const std::vector<InitialState> usual = InitialStates(options_.lock);
  for (const InitialState& state : usual) {
    // Modes aside, which come from the umask.
    likenesses.insert(Likeness(state.entries, execution_->names()));
  }
  ExecutionOptions options = execution_->options();
  for (const InitialState& before : usual) {
    if (before.name != "empty" && before.name != "leftover") continue;
    options.cycles = {1};
    options.wait = absl::ZeroDuration();
    options.crashes = true;
    options.crashes_after = false;
    options.failures = false;
    options.record = false;
    options.fresh = options.needs_visible = false;
    // Its steps are the first part of the schedules that are printed.
    options.separate_commands = options_.separate_commands;
    options.ages = false;
    options.check_end = false;
    absl::Status configured = execution_->Reconfigure(options);
    DepthFirst::Options depth_first;
    depth_first.max_faults = 1;
    DepthFirst crashes(depth_first);
    bool hung = false;
    while (configured.ok() && crashes.NextSchedule()) {
      const absl::StatusOr<ExecutionTrace> ran = RunOne(crashes, before);
      if (!ran.ok()) return ran.status();
      if (time_is_up()) return std::vector<Search>();
      // A hang is found by the searches.
      hung = ran->outcome.violation == Violation::kHung;
      if (hung) break;
      crashes.Finished(true);
      // Processes that survived it are no part of a folder.
      if (!HasFault(ran->steps) || execution_->HasSurvivors()) continue;
      absl::StatusOr<std::vector<Entry>> left =
          ReadFolder(options_.tracing.directory);
      if (!left.ok()) return left.status();
      if (!likenesses.insert(Likeness(*left, execution_->names())).second) {
        continue;
      }
      Search search;
      search.initial.name = absl::StrCat("crash-", states.size() + 1);
      search.initial.entries = OfDeadProcess(
          *std::move(left), execution_->ProcessesOf(ran->steps.back().actor));
      search.initial.dead = kDeadPid;
      search.crash = ran->steps;
      search.before = before.name;
      states.push_back(std::move(search));
    }
    options.check_end = options.crashes_after = true;
    if (configured.ok()) configured = execution_->Reconfigure(options);
    if (!configured.ok()) return configured;
    if (hung) return states;
  }
  // The same a year later, where that makes a difference.
  for (size_t i = 0, n = states.size(); i < n; ++i) {
    absl::Status learnt = LearnNames(states[i].initial);
    if (!learnt.ok()) return learnt;
    if (time_is_up()) return std::vector<Search>();
    Search old = states[i];
    old.ages = true;
    absl::StrAppend(&old.initial.name, "-old");
    old.initial.entries = Aged(std::move(old.initial.entries));
    const absl::StatusOr<bool> differs = AgeMatters(states[i], old);
    if (!differs.ok()) return differs.status();
    if (*differs) states.push_back(std::move(old));
  }
  if (time_is_up()) states.clear();
  return states;
}

// Whether a lone contender does otherwise, or is answered otherwise.
absl::StatusOr<bool> Explorer::AgeMatters(const Search& young,
                                          const Search& old) {
  std::optional<ExecutionTrace> before;
  for (const Search* search : {&young, &old}) {
    Schedule script;
    script.cycles = {1};
    script.separate_commands = options_.separate_commands;
    absl::Status configured = Configure(script, Conditions());
    if (!configured.ok()) return configured;
    DepthFirst first(DepthFirst::Options{});
    first.NextSchedule();
    absl::StatusOr<ExecutionTrace> ran = RunOne(first, search->initial);
    if (!ran.ok()) return ran.status();
    if (time_is_up() || ran->outcome.violation == Violation::kHung)
      return false;
    if (before.has_value()) {
      return before->footprints != ran->footprints ||
             before->outcome.violation != ran->outcome.violation;
    }
    before = *std::move(ran);
  }
  return false;
}

}  // namespace conformance::explorer
