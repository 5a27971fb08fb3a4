#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class ComparesThenRemoves : public RemovedFile {
  int Release(int fd, const std::string& path) override {
    struct stat ours = {};
    struct stat now = {};
    int error = ::fstat(fd, &ours) == 0 ? 0 : errno;
    const int closed = CloseFile(fd);
    if (error == 0) error = closed;
    if (error != 0 || ::lstat(path.c_str(), &now) != 0) return error;
    if (ours.st_ino == now.st_ino) ::unlink(path.c_str());
    return 0;
  }
};

// It is the same, but has been acquired by another meanwhile.
//
// Shortest: a acquires, and on release closes and looks; b acquires the same
// file; a removes it, makes a new one and locks that.
const RegisteredRaceMutant kComparesThenRemoves({
    "compares_then_removes",
    "Removes the file on release after having unlocked it, if it is still the "
    "same.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<ComparesThenRemoves>(),
});

}  // namespace
}  // namespace conformance
