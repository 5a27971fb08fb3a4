// The questions of the preemption-bounded search to the tree.

#include "conformance/explorer/schedules/preemption_bounded.h"

#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {
namespace {

TreeSearch::Options Bounded(const PreemptionBounded::Options& options) {
  TreeSearch::Options bounded;
  bounded.reduction = TreeSearch::Reduction::kNone;
  bounded.max_preemptions = options.max_preemptions;
  bounded.max_faults = options.max_faults;
  bounded.max_executions = options.max_executions;
  bounded.yields = options.yields;
  bounded.mine = options.mine;
  bounded.part_depth = options.part_depth;
  return bounded;
}

}  // namespace

PreemptionBounded::PreemptionBounded(const Options& options)
    : TreeSearch(Bounded(options)) {}

}  // namespace conformance::explorer
