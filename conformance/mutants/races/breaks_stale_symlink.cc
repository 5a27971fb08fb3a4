#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksStaleSymlink : public PidInLink {
  int Break(const std::string& path) override { return RemoveFile(path); }
};

// Emacs and Firefox have such links.
//
// Shortest, with anything stale at the path: a and b look at it; a removes it,
// and has its own link; b removes a's, and has its own.
const RegisteredRaceMutant kBreaksStaleSymlink({
    "breaks_stale_symlink",
    "Removes the symbolic link of a dead process without looking whether it "
    "still is that one.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<BreaksStaleSymlink>(),
});

}  // namespace
}  // namespace conformance
