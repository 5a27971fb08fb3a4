// What a run of the benchmarks found, and how it is written down.

#ifndef TOOLS_BENCH_RESULTS_H_
#define TOOLS_BENCH_RESULTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace bench {

// One figure of one variant, beside the baseline that was measured with it in
// turns. Ratios are of pairs, so that a change of the machine's speed cancels.
struct Figure {
  std::string work;          // "hand-over, median"
  std::string variant;       // "lockfile::LockFile, timed"
  std::string unit;          // "us"
  double value = 0;          // the median
  double low = 0, high = 0;  // quartiles
  std::string baseline;      // "": there is none
  double ratio = 0;          // of the medians of the pairs
  double ratio_low = 0, ratio_high = 0;
};

// A goal of the project: a bound on a value or a ratio.
struct Goal {
  std::string what;
  double found = 0;
  bool at_most = true;
  double bound = 0;

  bool Holds() const { return at_most ? found <= bound : found >= bound; }
};

struct Results {
  std::vector<Figure> figures;
  std::vector<Goal> goals;

  // The figure of a work and a variant; null when there is none.
  const Figure* Find(absl::string_view work, absl::string_view variant) const;
};

// A figure from what was measured, in pairs with a baseline or not.
Figure MakeFigure(std::string work, std::string variant, std::string unit,
                  const std::vector<double>& values, std::string baseline = "",
                  const std::vector<double>& baseline_values = {});

std::string ToJson(const Results& results);
std::optional<Results> FromJson(absl::string_view text);
// A table for a terminal.
std::string ToText(const Results& results);
// docs/performance.md, which shows docs/performance.svg.
std::string ToMarkdown(const Results& results);
std::string ToSvg(const Results& results);

}  // namespace bench

#endif  // TOOLS_BENCH_RESULTS_H_
