#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

bool IsOld(int fd) {
  constexpr time_t kHour = 3600;
  struct stat st = {};
  return ::fstat(fd, &st) == 0 && ::time(nullptr) - st.st_mtime > kHour;
}

class BreaksOldFile : public BareLock {
  Attempt Try(const std::string& path) override {
    // One that comes too late that often has met others each time.
    for (int i = 0; i < 3; ++i) {
      const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (fd < 0) return NotHeld("open", errno);
      int error = Flock(fd, LOCK_EX | LOCK_NB);
      if (error == EWOULDBLOCK && IsOld(fd)) {
        RemoveFile(path);
        ::close(fd);
        continue;
      }
      if (error == 0) error = CompareWithPath(fd, path);
      if (error == 0) error = WriteRecord(fd);
      if (error == 0) {
        return HeldUntil([fd] { return Message("close", CloseFile(fd)); });
      }
      ::close(fd);
      if (error != ESTALE) return NotHeld("lock", error);
    }
    return Attempt::Busy();
  }
};

// A way out where the kernel is thought to have forgotten to give back a lock.
//
// Shortest, with a file that is old: a locks it; b is refused, sees that it is
// old, removes it, and locks a new one; a had looked before, and answers, too.
const RegisteredRaceMutant kBreaksOldFile({
    "breaks_old_file",
    "Removes a locked file that has not been written for an hour; holders "
    "write it, but a moment after locking.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<BreaksOldFile>(),
});

}  // namespace
}  // namespace conformance
