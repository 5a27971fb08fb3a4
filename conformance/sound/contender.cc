// Any of the sound locks as a contender, to be looked at from the command line:
//
//   tools/bazel build //conformance/sound:contender //tools:lockcheck
//   bazel-bin/tools/lockcheck run -- bazel-bin/conformance/sound/contender
//       token                                       (all in one line)

#include <iostream>

#include "conformance/sound/sound.h"
#include "conformance/testing/registry.h"

int main(int argc, char** argv) {
  using conformance::sound::AllSound;
  const auto* const named =
      conformance::FindNamed(AllSound(), argc == 2 ? argv[1] : "");
  if (named != nullptr) return named->main();
  std::cerr << "Say which of these is to run:\n";
  for (const auto& lock : AllSound()) {
    std::cerr << "  " << lock.name << "  " << lock.what << "\n";
  }
  return 2;
}
