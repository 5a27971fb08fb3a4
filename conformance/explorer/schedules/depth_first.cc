// The questions of the exhaustive search to the tree.

#include "conformance/explorer/schedules/depth_first.h"

#include "conformance/explorer/schedules/tree_search.h"

namespace conformance::explorer {
namespace {

TreeSearch::Options Unbounded(const DepthFirst::Options& options) {
  TreeSearch::Options unbounded;
  unbounded.reduction = options.reduction;
  unbounded.max_faults = options.max_faults;
  unbounded.max_executions = options.max_executions;
  unbounded.yields = options.yields;
  unbounded.mine = options.mine;
  unbounded.part_depth = options.part_depth;
  return unbounded;
}

}  // namespace

DepthFirst::DepthFirst(const Options& options)
    : TreeSearch(Unbounded(options)) {}

}  // namespace conformance::explorer
