// The few statistics that the benchmarks report.

#ifndef TOOLS_BENCH_STATISTICS_H_
#define TOOLS_BENCH_STATISTICS_H_

#include <vector>

namespace bench {

// The value below which `fraction` of the values lie, by interpolation between
// neighbours. Zero when there are none.
double Quantile(std::vector<double> values, double fraction);

inline double Median(std::vector<double> values) {
  return Quantile(static_cast<std::vector<double>&&>(values), 0.5);
}

// a[i] / b[i]: the ratio of what was measured side by side.
std::vector<double> Ratios(const std::vector<double>& a,
                           const std::vector<double>& b);

// Jain's fairness index: 1 when all shares are equal, 1/n when one has all
// (Jain, Chiu and Hawe, 1984).
double JainIndex(const std::vector<double>& shares);

}  // namespace bench

#endif  // TOOLS_BENCH_STATISTICS_H_
