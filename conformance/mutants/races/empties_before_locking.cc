#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class EmptiesBeforeLocking : public RecordInPlace {
  int Open(const std::string& path) override {
    const int fd = RecordInPlace::Open(path);
    if (fd >= 0 && ReadOwner(fd).kind == Owner::Kind::kNobody &&
        ::ftruncate(fd, 0) != 0) {
      const int error = errno;
      ::close(fd);
      errno = error;
      return -1;
    }
    return fd;
  }
};

// Shortest: b opens, and reads that nobody is the owner; a acquires, and writes
// its record; b empties the file, locks, and reads nothing.
const RegisteredRaceMutant kEmptiesBeforeLocking({
    "empties_before_locking",
    "Empties the file before it has the lock under which the record is "
    "written.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<EmptiesBeforeLocking>(),
});

}  // namespace
}  // namespace conformance
