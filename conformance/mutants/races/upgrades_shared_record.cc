#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

// A shared lock of the whole file by fcntl(2), at once. 0 or an errno.
int RecordLockShared(int fd) {
  struct flock whole = {};
  whole.l_type = F_RDLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(fd, F_SETLK, &whole) != 0) {
    if (errno == EACCES) return EWOULDBLOCK;
    if (errno != EINTR) return errno;
  }
  return 0;
}

class UpgradesSharedRecord : public BareLock {
  Attempt Try(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return NotHeld("open", errno);
    int error = RecordLockShared(fd);
    if (error == 0) error = RecordLockWhole(fd, F_SETLK);
    if (error != 0) {
      CloseFile(fd);
      return NotHeld("fcntl", error);
    }
    return HeldUntil([fd] { return Message("close", CloseFile(fd)); });
  }
};

// Each is refused by the shared lock of the other, which has nothing to read.
//
// Shortest: a locks shared; b locks shared, asks for more, and is refused; so
// is a, before b closes the file.
const RegisteredRaceMutant kUpgradesSharedRecord({
    "upgrades_shared_record",
    "Takes a shared lock by fcntl(2) first and makes it exclusive, so that two "
    "that ask at once are both refused.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<UpgradesSharedRecord>(),
});

}  // namespace
}  // namespace conformance
