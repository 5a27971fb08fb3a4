#include <errno.h>
#include <stdio.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksStaleByRename : public PidInLink {
  int Break(const std::string& path) override {
    const std::string stale = path + ".stale";
    if (::rename(path.c_str(), stale.c_str()) != 0) {
      return errno == ENOENT ? 0 : errno;  // another was faster
    }
    return RemoveFile(stale);
  }
};

// In the belief that only one can rename it: so it is, but it may be another
// file by then.
//
// Shortest, with a stale file at the path: a and b look at it; a renames it,
// and has a new one; b renames a's, and has another.
const RegisteredRaceMutant kBreaksStaleByRename({
    "breaks_stale_by_rename",
    "Renames the link of a dead process away without looking whether it still "
    "is that one.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<BreaksStaleByRename>(),
});

}  // namespace
}  // namespace conformance
