// The plot of hand-overs.

#ifndef TOOLS_BENCH_PLOT_H_
#define TOOLS_BENCH_PLOT_H_

#include <string>

#include "tools/bench/results.h"

namespace bench {

// docs/performance.svg: a bar for each variant's median, on a logarithmic
// scale.
std::string HandOverPlot(const Results& results);

}  // namespace bench

#endif  // TOOLS_BENCH_PLOT_H_
