#include <errno.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
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

// Shortest: a acquires; its unlink fails with EIO, and it answers that it has
// released; b is refused, for ever.
const RegisteredRaceMutant kIgnoresFailedUnlink({
    "ignores_failed_unlink",
    "Is held whenever its file is there, and ignores that the file could not "
    "be removed.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<IgnoresFailedUnlink>(),
});

}  // namespace
}  // namespace conformance
