// The list of all mutants, to which each adds itself.

#include <iostream>
#include <utility>
#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/testing/registry.h"

namespace conformance {
namespace {

Registry<Mutant>& Mutants() {
  static auto* const mutants = new Registry<Mutant>();
  return *mutants;
}

}  // namespace

RegisteredMutant::RegisteredMutant(Mutant mutant) {
  Mutants().Add(std::move(mutant));
}

const std::vector<Mutant>& AllMutants() { return Mutants().All(); }

int RunNamed(const std::vector<Mutant>& mutants, int argc, char** argv) {
  const Mutant* const named = FindNamed(mutants, argc == 2 ? argv[1] : "");
  if (named != nullptr) return named->main();
  std::cerr << "Say which of these is to run:\n";
  for (const Mutant& mutant : mutants) {
    std::cerr << "  " << mutant.name << "  " << mutant.defect << "\n";
  }
  return 2;
}

}  // namespace conformance
