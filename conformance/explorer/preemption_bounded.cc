// What the preemption-bounded search asks of the tree.

#include "conformance/explorer/preemption_bounded.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/tree_search.h"

namespace conformance::explorer {
namespace {

TreeSearch::Options Bounded(const PreemptionBounded::Options& options) {
  TreeSearch::Options bounded;
  bounded.sleep_sets = false;
  bounded.max_preemptions = options.max_preemptions;
  bounded.max_faults = options.max_faults;
  bounded.max_executions = options.max_executions;
  bounded.yields = options.yields;
  return bounded;
}

}  // namespace

PreemptionBounded::PreemptionBounded(const Options& options)
    : TreeSearch(Bounded(options)) {}

std::string PreemptionBounded::Describe() const {
  const auto number = [](int n, const char* what) {
    return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
  };
  std::string text =
      absl::StrCat("every schedule with at most ",
                   number(options().max_preemptions, "preemption"));
  if (options().max_faults > 0) {
    absl::StrAppend(&text, " and ", number(options().max_faults, "fault"));
  }
  if (options().max_executions > 0) {
    absl::StrAppend(&text, "; stops after ", options().max_executions,
                    " executions");
  }
  return text;
}

}  // namespace conformance::explorer
