// A mutant: a deliberately broken implementation that proves that a check can
// fail. One broken lock a file; mutants.cc lists them all.

#ifndef CONFORMANCE_MUTANTS_MUTANT_H_
#define CONFORMANCE_MUTANTS_MUTANT_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/implementation.h"
#include "conformance/verdict.h"

namespace conformance {

struct Mutant {
  // That a requirement gives this verdict for the mutant.
  struct Kill {
    absl::string_view id;
    Outcome outcome = Outcome::kViolation;
  };

  absl::string_view name;    // as its file
  absl::string_view defect;  // one sentence
  std::vector<Kill> killed_by;
  std::function<std::unique_ptr<Implementation>()> make;
};

// For a mutant that is a default-constructed class.
template <typename T>
std::function<std::unique_ptr<Implementation>()> Make() {
  return [] { return std::make_unique<T>(); };
}

// By name, in alphabetical order.
const std::vector<Mutant>& AllMutants();

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_MUTANT_H_
