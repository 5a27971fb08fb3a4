// Is held whenever its file is there, and says that it has released it when the
// file couldn't be removed.
//
// Shortest: a acquires; its unlink fails with EIO, and it answers that it has
// released; b is refused, for ever.

#include <errno.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class IgnoresFailedUnlink : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string held = path + ".held";
    if (const int error = CreateRecord(held)) {
      return NotHeld("create", error == EEXIST ? EWOULDBLOCK : error);
    }
    return HeldUntil([held] {
      RemoveFile(held);
      return std::string();
    });
  }
};

}  // namespace

Mutant IgnoresFailedUnlinkMutant() {
  return {"ignores_failed_unlink",
          "Is held whenever its file is there, and ignores that the "
          "file could not be removed.",
          {{"Systematic.FailureAtAnyCallIsHonest"}},
          Serve<IgnoresFailedUnlink>()};
}

}  // namespace conformance
