#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksStalePid : public PidFileByLink {
  int Break(const std::string& path) override { return RemoveFile(path); }
};

// As in py-filelock 561, proper-lockfile 121.
//
// Shortest, with a stale record in the file: a and b read it; a removes it, and
// has a new one; b removes a's, and has another.
const RegisteredRaceMutant kBreaksStalePid({
    "breaks_stale_pid",
    "Removes the pid file of a dead process without looking whether it still "
    "is that one.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<BreaksStalePid>(),
});

}  // namespace
}  // namespace conformance
