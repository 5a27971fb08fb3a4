#include <errno.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TrustsWhatItWaitedFor : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RemovedFile::Lock(fd, path, false);
    waited_ = error == EWOULDBLOCK && wait;
    return waited_ ? RemovedFile::Lock(fd, path, true) : error;
  }
  int Compare(int fd, const std::string& path) override {
    return waited_ ? 0 : RemovedFile::Compare(fd, path);
  }

  bool waited_ = false;
};

// In the belief that its owner has just given it up.
//
// Shortest: a acquires; b opens, and waits; a removes and closes; b has the
// removed one; a makes a new one and locks that.
const RegisteredRaceMutant kTrustsWhatItWaitedFor({
    "trusts_what_it_waited_for",
    "Does not look whether the file is still at the path when it has waited "
    "for it.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<TrustsWhatItWaitedFor>(),
});

}  // namespace
}  // namespace conformance
