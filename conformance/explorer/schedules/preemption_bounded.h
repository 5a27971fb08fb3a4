// Every schedule with at most so many preemptions (Musuvathi and Qadeer,
// "Iterative context bounding", 2007): most bugs need one or two, and the
// number of such schedules grows only polynomially with their length.
//
// A preemption takes the turn from an actor that could go on in the middle of
// a command. It is none to leave one that is blocked, has finished, has just
// yielded, or is idle, such as one that has the lock and does no more.
//
// No sleep sets: the equivalent schedule for whose sake one is left out may
// have more preemptions, and so not be visited either.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_PREEMPTION_BOUNDED_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_PREEMPTION_BOUNDED_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {

class PreemptionBounded : public TreeSearch {
 public:
  struct Options {
    int max_preemptions = 2;
    int max_faults = 0;          // in one schedule, of those actors offer
    int64_t max_executions = 0;  // 0: until all is searched
    int yields = 1;              // see Fairness
    std::function<bool(int64_t part)> mine;  // see TreeSearch
    size_t part_depth = kPartDepth;          // see TreeSearch
  };

  PreemptionBounded() : PreemptionBounded(Options()) {}
  explicit PreemptionBounded(const Options& options);
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_PREEMPTION_BOUNDED_H_
