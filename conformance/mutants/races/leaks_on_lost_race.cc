#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LeaksOnLostRace : public RemovedFile {
  void Drop(int /*fd*/) override {}
};

// So it loses a descriptor each time.
//
// Shortest: a acquires; b opens; a removes and closes; b locks the removed
// file, sees that, makes a new one, and has two open.
const RegisteredRaceMutant kLeaksOnLostRace({
    "leaks_on_lost_race",
    "Leaves the file open when it has locked one that was removed meanwhile.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<LeaksOnLostRace>(),
});

}  // namespace
}  // namespace conformance
