#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class MovesTokenAway : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string taken = path + ".taken";
    int error = Rename(path, taken);
    if (error == ENOENT) {
      if (::access(taken.c_str(), F_OK) == 0) return Attempt::Busy();
      const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (fd < 0) return NotHeld("open", errno);
      ::close(fd);
      error = Rename(path, taken);
    }
    if (error != 0) {
      return NotHeld("rename", error == ENOENT ? EWOULDBLOCK : error);
    }
    return HeldUntil([path, taken] {
      const int error = Rename(taken, path);
      return Message("rename", error == ENOENT ? 0 : error);
    });
  }

  static int Rename(const std::string& from, const std::string& to) {
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  }
};

// Shortest: a and b find it nowhere; a makes it and takes it; b makes another
// and takes that.
const RegisteredRaceMutant kMovesTokenAway({
    "moves_token_away",
    "Holds by renaming the file, and makes it if it finds it nowhere, in "
    "another step.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<MovesTokenAway>(),
});

}  // namespace
}  // namespace conformance
