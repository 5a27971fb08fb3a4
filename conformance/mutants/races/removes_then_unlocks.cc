// Removes the file on release, and doesn't look whether what it has locked is
// still there. py-filelock 574, portalocker 115, gofrs/flock 8.
//
// Shortest: a acquires; b opens; a removes and closes; b locks the removed
// file; a makes a new one and locks that.

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RemovesThenUnlocks : public RemovedFile {
  int Compare(int /*fd*/, const std::string& /*path*/) override { return 0; }
};

}  // namespace

Mutant RemovesThenUnlocksMutant() {
  return {"removes_then_unlocks",
          "Removes the file on release, and does not look whether what "
          "it has locked is still there.",
          {{"Systematic.NoInterleavingAdmitsTwo"}},
          Serve<RemovesThenUnlocks>()};
}

}  // namespace conformance
