// Every schedule, or one of each class of equivalent ones: see tree_search.h.
//
// With sleep sets it proves, when statistics().exhausted, that no schedule of
// these contenders does what wasn't seen, as far as footprints tell the truth.
// Without them it is slower by orders of magnitude and needs no footprints.
// Dynamic partial-order reduction would spare the executions that sleep sets
// give up midway; it isn't here because it is easily wrong unnoticed and could
// win less than half.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_

#include <cstdint>
#include <functional>

#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {

class DepthFirst : public TreeSearch {
 public:
  struct Options {
    bool sleep_sets = true;
    int max_faults = 0;          // in one schedule, of those actors offer
    int64_t max_executions = 0;  // 0: until all is searched
    int yields = 1;              // see Fairness
    std::function<bool(int64_t part)> mine;  // see TreeSearch
  };

  DepthFirst() : DepthFirst(Options()) {}
  explicit DepthFirst(const Options& options);
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_DEPTH_FIRST_H_
