#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LooksTwiceBeforeBreaking : public PidInLink {
  int Break(const std::string& path) override {
    return StillStale(path) ? RemoveFile(path) : 0;
  }
};

// That makes the window small, and closes nothing.
//
// Shortest, with a stale file at the path: a and b look at it twice; a removes
// it, and has a new one; b removes a's, and has another.
const RegisteredRaceMutant kLooksTwiceBeforeBreaking({
    "looks_twice_before_breaking",
    "Looks at the link of a dead process a second time, and then removes it in "
    "another step.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<LooksTwiceBeforeBreaking>(),
});

}  // namespace
}  // namespace conformance
