// The list of all mutants.

#include <algorithm>
#include <vector>

#include "conformance/mutants/all.h"
#include "conformance/mutants/mutant.h"

namespace conformance {

const std::vector<Mutant>& AllMutants() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Mutant>{
        NoLockMutant(),
    };
    std::sort(all->begin(), all->end(),
              [](const Mutant& a, const Mutant& b) { return a.name < b.name; });
    return all;
  }();
  return *kAll;
}

}  // namespace conformance
