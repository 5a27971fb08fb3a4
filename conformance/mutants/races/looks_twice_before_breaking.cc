// Reads a stale record once more just before it removes it. That makes the
// window small, and closes nothing.
//
// Shortest, with a stale record in the file: a and b read it twice; a removes
// it, and has a new one; b removes a's, and has another.

#include <errno.h>

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LooksTwiceBeforeBreaking : public PidFileByLink {
  int Break(const std::string& path) override {
    if (!StillStale(path)) return 0;
    const int error = RemoveFile(path);
    return error == ENOENT ? 0 : error;
  }
};

}  // namespace

Mutant LooksTwiceBeforeBreakingMutant() {
  return {"looks_twice_before_breaking",
          "Reads the record of a dead process a second time, and then "
          "removes it in another step.",
          {{"Systematic.NoInterleavingAdmitsTwo"},
           {"Systematic.CrashAtAnyCallFrees"}},
          Serve<LooksTwiceBeforeBreaking>()};
}

}  // namespace conformance
