// A symbolic link that says who holds it, as Emacs and Firefox have them. One
// whose process is no more is removed by everybody who has found that out, be
// it another by then.
//
// Shortest, with anything stale at the path: a and b look at it; a removes it,
// and has its own link; b removes a's, and has its own.

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksStaleSymlink : public PidInLink {
  int Break(const std::string& path) override { return RemoveFile(path); }
};

}  // namespace

Mutant BreaksStaleSymlinkMutant() {
  return {"breaks_stale_symlink",
          "Removes the symbolic link of a dead process without looking "
          "whether it still is that one.",
          {{"Systematic.NoInterleavingAdmitsTwo"}},
          Serve<BreaksStaleSymlink>()};
}

}  // namespace conformance
