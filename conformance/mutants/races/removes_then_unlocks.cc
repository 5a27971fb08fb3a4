#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RemovesThenUnlocks : public RemovedFile {
  int Compare(int /*fd*/, const std::string& /*path*/) override { return 0; }
};

// As in py-filelock 574, portalocker 115, gofrs/flock 8.
//
// Shortest: a acquires; b opens; a removes and closes; b locks the removed
// file; a makes a new one and locks that.
const RegisteredRaceMutant kRemovesThenUnlocks({
    "removes_then_unlocks",
    "Removes the file on release, and does not look whether what it has locked "
    "is still there.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RemovesThenUnlocks>(),
});

}  // namespace
}  // namespace conformance
