// What the exhaustive search asks of the tree.

#include "conformance/explorer/depth_first.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/tree_search.h"

namespace conformance::explorer {
namespace {

TreeSearch::Options Unbounded(const DepthFirst::Options& options) {
  TreeSearch::Options unbounded;
  unbounded.sleep_sets = options.sleep_sets;
  unbounded.max_faults = options.max_faults;
  unbounded.max_executions = options.max_executions;
  unbounded.yields = options.yields;
  return unbounded;
}

}  // namespace

DepthFirst::DepthFirst(const Options& options)
    : TreeSearch(Unbounded(options)) {}

std::string DepthFirst::Describe() const {
  std::string text = "every schedule";
  if (options().sleep_sets) text += ", up to equivalence";
  if (options().max_faults > 0) {
    absl::StrAppend(&text, ", with at most ", options().max_faults,
                    options().max_faults == 1 ? " fault" : " faults");
  }
  if (options().max_executions > 0) {
    absl::StrAppend(&text, "; stops after ", options().max_executions,
                    " executions");
  }
  return text;
}

}  // namespace conformance::explorer
