// The table of goals, and what becomes of it.

#include "tools/bench/goals.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

constexpr char kWakeUp[] =
    "Once woken, a waiter with a limit deletes its timer, puts the signal's "
    "handler back and looks at the path, and only then has the lock.";
constexpr char kQueue[] =
    "The kernel's queue is nearly, not strictly, first come first served.";
constexpr char kChance[] = "A poll may come just after a release by chance.";

// "LockFile: 5.18 µs; the same calls, bare: 4.96 µs. The cause."
std::string Why(const Goal& goal, const Figure& figure,
                const Results& results) {
  const auto say = [](const Figure& one) {
    return absl::StrCat(one.variant, ": ", Quantity(one.value, one.unit));
  };
  std::string why = say(figure);
  if (const Figure* baseline = results.Find(goal.work, goal.baseline)) {
    absl::StrAppend(&why, "; ", say(*baseline));
  }
  return absl::StrCat(why, ". ", goal.cause);
}

GoalResult JudgeOne(const Goal& goal, const Results& results) {
  GoalResult result;
  result.goal = goal;
  result.bound = absl::StrFormat(
      "%s %g", goal.bound == Bound::kAtMost ? "at most" : "at least",
      goal.limit);
  const Figure* figure = results.Find(goal.work, goal.variant);
  if (figure == nullptr) return result;
  double found = figure->value;
  if (goal.baseline.empty()) {
    result.found = Quantity(found, figure->unit);
    if (!figure->unit.empty())
      absl::StrAppend(&result.bound, " ", figure->unit);
  } else {
    const Comparison* comparison = figure->To(goal.baseline);
    if (comparison == nullptr) return result;
    found = comparison->ratio;
    // One digit more than the bound has.
    result.found = found < 10 ? absl::StrFormat("%.3f", found) : Number(found);
  }
  const bool met =
      goal.bound == Bound::kAtMost ? found <= goal.limit : found >= goal.limit;
  result.verdict = met ? Verdict::kMet : Verdict::kMissed;
  if (!met) result.why = Why(goal, *figure, results);
  return result;
}

}  // namespace

const std::vector<Goal>& ProjectGoals() {
  static const auto& goals = *new std::vector<Goal>{
      {"a free lock, to its own calls, bare", kFreeLock, kReference, kSameCalls,
       Bound::kAtMost, 1.05,
       "Beyond its calls, LockFile looks up whether it knows the path, and "
       "keeps the list of descriptors that a forked child closes."},
      {"a free lock with an owner record, to its own calls, bare", kFreeLock,
       kReferenceWithRecord, kSameCallsWithRecord, Bound::kAtMost, 1.05,
       "Beyond its calls, LockFile does what it does without a record, makes "
       "the record, and compares it with the one that it has read."},
      {"a refusal, less its log record, to its own calls, bare", kRefusal,
       kReferenceWithoutLog, kSameCalls, Bound::kAtMost, 1.2,
       "Beyond its calls, LockFile parses the record, and makes a status with "
       "the path and the holder's pid in it."},
      {"hand-over with a limit, median, to blocking flock", kHandOver,
       kWithLimit, kBlockingFlock, Bound::kAtMost, 1.6, kWakeUp},
      {"hand-over with a limit, 99th percentile, to blocking flock",
       kLateHandOver, kWithLimit, kBlockingFlock, Bound::kAtMost, 1.5, kWakeUp},
      {"hand-over of py-filelock, which polls, to LockFile's", kPeerHandOver,
       kPyFilelock, kWithLimit, Bound::kAtLeast, 1, kChance},
      {"hand-over of Boost, which polls, to LockFile's", kPeerHandOver, kBoost,
       kWithLimit, Bound::kAtLeast, 1, kChance},
      {"a limit of 100 ms beside three that block, turns", kContestShare,
       kReference, "", Bound::kAtLeast, 0.8, kQueue},
      {"a limit of 100 ms beside three that block, timed out", kContestTimeouts,
       kReference, "", Bound::kAtMost, 0, kQueue},
      {"processor time of an idle waiter with a limit", kIdleWaiter, kWithLimit,
       "", Bound::kAtMost, 0.1,
       "A wait with a limit sets a timer and deletes it, and sleeps between."},
      {"1000 processes with a limit, acquisitions, to blocking flock",
       CrowdWork(1000, kThroughput), kWithLimit, kBlockingFlock,
       Bound::kAtLeast, 0.9, kWakeUp},
      {"1000 processes with a limit, those that got nothing",
       CrowdWork(1000, kWithoutTurn), kWithLimit, "", Bound::kAtMost, 0,
       kQueue},
  };
  return goals;
}

std::vector<GoalResult> Judge(const std::vector<Goal>& goals,
                              const Results& results) {
  std::vector<GoalResult> judged;
  judged.reserve(goals.size());
  for (const Goal& goal : goals) judged.push_back(JudgeOne(goal, results));
  return judged;
}

std::string ToText(const std::vector<GoalResult>& goals) {
  std::string text = "\nGoals\n";
  for (const GoalResult& result : goals) {
    if (result.verdict == Verdict::kNotMeasured) continue;
    absl::StrAppend(
        &text, result.verdict == Verdict::kMet ? "  met     " : "  MISSED  ",
        result.goal.what, ": ", result.found, ", ", result.bound, "\n");
    if (!result.why.empty()) {
      absl::StrAppend(&text, "          ", result.why, "\n");
    }
  }
  return text;
}

}  // namespace bench
