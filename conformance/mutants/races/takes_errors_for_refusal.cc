#include <errno.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesErrorsForRefusal : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    return RemovedFile::Lock(fd, path, wait) == 0 ? 0 : EWOULDBLOCK;
  }
};

// Where files can't be locked at all, everybody waits for a holder that isn't
// there.
//
// Shortest: a, alone, is refused, since its flock fails with ENOLCK.
const RegisteredRaceMutant kTakesErrorsForRefusal({
    "takes_errors_for_refusal",
    "Takes every failure to lock for a refusal.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<TakesErrorsForRefusal>(),
});

}  // namespace
}  // namespace conformance
