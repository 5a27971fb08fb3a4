// Every schedule, or one of each class of equivalent ones: see tree_search.h.
//
// With a reduction it proves, when statistics().exhausted, that no schedule of
// these contenders does what wasn't seen, as far as footprints tell the truth.
// Without one it is slower by orders of magnitude and needs no footprints.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {

class DepthFirst : public TreeSearch {
 public:
  struct Options {
    Reduction reduction = Reduction::kOptimal;
    int max_faults = 0;          // in one schedule, of those actors offer
    int64_t max_executions = 0;  // 0: until all is searched
    int yields = 1;              // see Fairness
    std::function<bool(int64_t part)> mine;  // see TreeSearch
    size_t part_depth = kPartDepth;          // see TreeSearch
  };

  DepthFirst() : DepthFirst(Options()) {}
  explicit DepthFirst(const Options& options);
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_
