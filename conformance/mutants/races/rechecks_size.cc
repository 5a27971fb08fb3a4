#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_format.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RechecksSize : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    if (const int error = RemovedFile::Lock(fd, path, wait)) return error;
    const std::string record = absl::StrFormat("%10d\n", ::getpid());
    const auto size = static_cast<ssize_t>(record.size());
    if (::ftruncate(fd, size) != 0) return errno;
    const ssize_t n = ::pwrite(fd, record.data(), record.size(), 0);
    if (n < 0) return errno;
    return n == size ? 0 : ENOSPC;
  }
  int Compare(int fd, const std::string& path) override {
    struct stat ours = {};
    struct stat now = {};
    if (::fstat(fd, &ours) != 0) return errno;
    if (::lstat(path.c_str(), &now) != 0) {
      return errno == ENOENT ? ESTALE : errno;
    }
    return ours.st_size == now.st_size ? 0 : ESTALE;
  }
};

// All records are of one size.
//
// Shortest: a acquires; b opens; a removes and closes, makes a new one, locks
// it and writes; b locks and writes the removed one.
const RegisteredRaceMutant kRechecksSize({
    "rechecks_size",
    "Having locked the file, it compares its size with that of the one at the "
    "path.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RechecksSize>(),
});

}  // namespace
}  // namespace conformance
