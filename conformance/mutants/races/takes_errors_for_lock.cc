// Takes every failure to lock but EWOULDBLOCK for success.
//
// Shortest: a acquires; b's flock fails with ENOLCK, and it believes that it
// holds.

#include <errno.h>

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesErrorsForLock : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RemovedFile::Lock(fd, path, wait);
    return error == EWOULDBLOCK ? error : 0;
  }
};

}  // namespace

Mutant TakesErrorsForLockMutant() {
  return {"takes_errors_for_lock",
          "Takes every failure to lock but EWOULDBLOCK for success.",
          {{"Systematic.FailureAtAnyCallIsHonest"}},
          Serve<TakesErrorsForLock>()};
}

}  // namespace conformance
