// Any of the mutants as a contender, to be looked at from the command line:
//
//   tools/bazel build //conformance/mutants:contender //tools:lockcheck
//   bazel-bin/tools/lockcheck run -- bazel-bin/conformance/mutants/contender
//       unlink_on_release                           (all in one line)

#include "conformance/mutants/mutant.h"

int main(int argc, char** argv) {
  return conformance::RunNamed(conformance::AllMutants(), argc, argv);
}
