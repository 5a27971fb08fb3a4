// The goals for the reference's speed: bounds on what was measured.

#ifndef TOOLS_BENCH_GOALS_H_
#define TOOLS_BENCH_GOALS_H_

#include <string>
#include <vector>

#include "tools/bench/results.h"

namespace bench {

enum class Bound { kAtMost, kAtLeast };

// A bound on a figure, or on its ratio to a baseline.
struct Goal {
  std::string what;
  std::string work;      // of the figure
  std::string variant;   // of the figure
  std::string baseline;  // "": the bound is on the figure's value
  Bound bound = Bound::kAtMost;
  double limit = 0;   // in the figure's unit, or a ratio
  std::string cause;  // of a miss: a sentence that needs no figures
};

enum class Verdict { kMet, kMissed, kNotMeasured };

struct GoalResult {
  Goal goal;
  Verdict verdict = Verdict::kNotMeasured;
  std::string found;  // with its unit; "" where it wasn't measured
  std::string bound;  // "at most 1.05"
  std::string why;    // where it was missed: what was measured, and the cause
};

// A lock keeps promises by system calls, and nothing that keeps them is faster
// than those calls. So the goals compare the reference with its own calls, made
// bare.
const std::vector<Goal>& ProjectGoals();

std::vector<GoalResult> Judge(const std::vector<Goal>& goals,
                              const Results& results);

// For a terminal: the goals that were measured.
std::string ToText(const std::vector<GoalResult>& goals);

}  // namespace bench

#endif  // TOOLS_BENCH_GOALS_H_
