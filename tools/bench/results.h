// The findings of a run of the benchmarks, and their form in a file.

#ifndef TOOLS_BENCH_RESULTS_H_
#define TOOLS_BENCH_RESULTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace bench {

// One figure as a multiple of another, the baseline, which was measured with it
// in turns.
struct Comparison {
  std::string baseline;  // the other's variant
  double ratio = 0;
  double low = 0, high = 0;  // quartiles
};

// One figure of one variant. The names are in names.h.
struct Figure {
  std::string work;
  std::string variant;
  std::string unit;          // "us"; "" for a plain number
  double value = 0;          // the median
  double low = 0, high = 0;  // quartiles
  std::vector<Comparison> comparisons;

  // Null when there is none.
  const Comparison* To(absl::string_view baseline) const;

  // Of pairs, so that a change of the machine's speed cancels: the ratio is the
  // median of their ratios.
  void ComparePairs(std::string baseline, const std::vector<double>& values,
                    const std::vector<double>& baseline_values);
  // Of two numbers that each stand for all that was measured.
  void Compare(std::string baseline, double ratio);
};

struct Results {
  std::vector<Figure> figures;

  // The figure of a work and a variant; null when there is none.
  const Figure* Find(absl::string_view work, absl::string_view variant) const;
};

Figure MakeFigure(std::string work, std::string variant, std::string unit,
                  const std::vector<double>& values);

std::string ToJson(const Results& results);
std::optional<Results> FromJson(absl::string_view text);

// "5.18": as many digits as mean something.
std::string Number(double value);
// "33.2 µs", "26.7 ms": in the largest unit of time that leaves no fraction
// alone.
std::string Quantity(double value, absl::string_view unit);

// A table for a terminal.
std::string ToText(const Results& results);

}  // namespace bench

#endif  // TOOLS_BENCH_RESULTS_H_
