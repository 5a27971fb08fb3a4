#include <errno.h>
#include <fcntl.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class AsksThenLocks : public RemovedFile {
  int Lock(int fd, const std::string& /*path*/, bool wait) override {
    if (wait) return RecordLockWhole(fd, F_OFD_SETLKW);
    struct flock asked = {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    if (::fcntl(fd, F_OFD_GETLK, &asked) != 0) return errno;
    if (asked.l_type != F_UNLCK) return EWOULDBLOCK;
    RecordLockWhole(fd, F_OFD_SETLK);
    return 0;
  }
  int Release(int fd, const std::string& /*path*/) override {
    return CloseFile(fd);
  }
};

// Shortest: a and b ask; a locks; b's lock fails, and it doesn't look.
const RegisteredRaceMutant kAsksThenLocks({
    "asks_then_locks",
    "Asks whether the lock is free, and ignores whether it then gets it.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<AsksThenLocks>(),
});

}  // namespace
}  // namespace conformance
