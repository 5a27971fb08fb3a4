// Any of the race mutants, or of the locks that they break, as a contender, to
// be looked at from the command line:
//
//   tools/bazel build //conformance/mutants/races:contender //tools:lockcheck
//   bazel-bin/tools/lockcheck explore --
//       bazel-bin/conformance/mutants/races/contender unlocks_then_removes
//                                                   (all in one line)

#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"

int main(int argc, char** argv) {
  std::vector<conformance::Mutant> all = conformance::AllRaceMutants();
  all.insert(all.end(), conformance::AllWholeLocks().begin(),
             conformance::AllWholeLocks().end());
  return conformance::RunNamed(all, argc, argv);
}
