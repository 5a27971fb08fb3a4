#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TrustsNewFile : public RemovedFile {
  int Open(const std::string& path) override {
    constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
    const int fd = ::open(path.c_str(), kFlags | O_EXCL, 0666);
    created_ = fd >= 0;
    if (created_ || errno != EEXIST) return fd;
    return ::open(path.c_str(), kFlags, 0666);
  }
  int Lock(int fd, const std::string& path, bool wait) override {
    if (!created_) return RemovedFile::Lock(fd, path, wait);
    ::flock(fd, LOCK_EX | LOCK_NB);
    return 0;
  }
  int Release(int fd, const std::string& /*path*/) override {
    return CloseFile(fd);
  }

  bool created_ = false;
};

// The file stays, so that this happens but once.
//
// Shortest: a creates; b opens and locks; a's lock fails, and it doesn't look.
const RegisteredRaceMutant kTrustsNewFile({
    "trusts_new_file",
    "Ignores whether it gets the lock of a file that it has just created.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<TrustsNewFile>(),
});

}  // namespace
}  // namespace conformance
