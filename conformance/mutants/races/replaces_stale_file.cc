#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class ReplacesStaleFile : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    if (const int error = RemovedFile::Lock(fd, path, wait)) return error;
    struct stat st = {};
    if (::fstat(fd, &st) != 0) return errno;
    if (st.st_size == 0) return 0;
    if (::unlink(path.c_str()) != 0) return errno;
    const int fresh = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fresh < 0) return errno;
    const int moved = ::dup3(fresh, fd, O_CLOEXEC) >= 0 ? 0 : errno;
    ::close(fresh);
    return moved != 0 ? moved : RemovedFile::Lock(fd, path, wait);
  }
  int Compare(int /*fd*/, const std::string& /*path*/) override { return 0; }
  int Release(int fd, const std::string& /*path*/) override {
    return CloseFile(fd);
  }
};

// Nobody writes anything into it nowadays. Files are never removed otherwise,
// so it seems needless to look again.
//
// Shortest, with something in the file: a and b open it; a locks it, removes
// it, and locks a new one; b locks the old one, removes a's, and locks another.
const RegisteredRaceMutant kReplacesStaleFile({
    "replaces_stale_file",
    "Replaces a file that it has locked and that is not empty, and does not "
    "look whether it is still there.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<ReplacesStaleFile>(),
});

}  // namespace
}  // namespace conformance
