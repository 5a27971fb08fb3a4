#include <errno.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesErrorsForLock : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RemovedFile::Lock(fd, path, wait);
    return error == EWOULDBLOCK ? error : 0;
  }
};

// Shortest: a acquires; b's flock fails with ENOLCK, and it believes that it
// holds.
const RegisteredRaceMutant kTakesErrorsForLock({
    "takes_errors_for_lock",
    "Takes every failure to lock but EWOULDBLOCK for success.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<TakesErrorsForLock>(),
});

}  // namespace
}  // namespace conformance
