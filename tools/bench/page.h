// The page of the figures.

#ifndef TOOLS_BENCH_PAGE_H_
#define TOOLS_BENCH_PAGE_H_

#include <string>
#include <vector>

#include "tools/bench/goals.h"
#include "tools/bench/results.h"

namespace bench {

// docs/performance.md, which shows docs/performance.svg. A figure that is
// missing has a dash in its place.
std::string PerformancePage(const std::vector<Goal>& goals,
                            const Results& results);

}  // namespace bench

#endif  // TOOLS_BENCH_PAGE_H_
