#include <errno.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RechecksBeforeLocking : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RemovedFile::Compare(fd, path);
    compared_ = error == 0 || error == ESTALE ? error : 0;
    if (error != 0) return error == ESTALE ? 0 : error;
    return RemovedFile::Lock(fd, path, wait);
  }
  int Compare(int /*fd*/, const std::string& /*path*/) override {
    return compared_;
  }

  int compared_ = 0;
};

// Shortest: a acquires; b opens, and finds the file at the path; a removes and
// closes; b locks the removed one; a makes a new one and locks that.
const RegisteredRaceMutant kRechecksBeforeLocking({
    "rechecks_before_locking",
    "Looks whether the file is still at the path before it has locked it.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RechecksBeforeLocking>(),
});

}  // namespace
}  // namespace conformance
