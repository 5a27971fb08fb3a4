#include <errno.h>

#include <set>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PoisonedByFailure : public PlainLock {
  int Open(const std::string& path) override {
    if (failed_.count(path) > 0) {
      errno = ENOENT;
      return -1;
    }
    const int fd = PlainLock::Open(path);
    if (fd < 0) failed_.insert(path);
    return fd;
  }

  std::set<std::string> failed_;
};

// As in rocksdb 8747.
const RegisteredMutant kPoisonedByFailure({
    "poisoned_by_failure",
    "Remembers for ever that a path could not be opened.",
    {{"Reacquisition.FailedThenMendedSucceeds"}},
    Serve<PoisonedByFailure>(),
});

}  // namespace
}  // namespace conformance
