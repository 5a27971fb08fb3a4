// Any of the mutants as a contender, to be looked at from the command line:
//
//   tools/bazel build //conformance/mutants:contender //tools:lockcheck
//   bazel-bin/tools/lockcheck run -- bazel-bin/conformance/mutants/contender
//       unlink_on_release                           (all in one line)

#include <iostream>

#include "absl/strings/string_view.h"
#include "conformance/mutants/mutant.h"

int main(int argc, char** argv) {
  const absl::string_view name = argc == 2 ? argv[1] : "";
  for (const conformance::Mutant& mutant : conformance::AllMutants()) {
    if (mutant.name == name) return mutant.main();
  }
  std::cerr << "Say which of these is to run:\n";
  for (const conformance::Mutant& mutant : conformance::AllMutants()) {
    std::cerr << "  " << mutant.name << "  " << mutant.defect << "\n";
  }
  return 2;
}
