#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class ChecksThenCreates : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string held = path + ".held";
    if (::access(held.c_str(), F_OK) == 0) return Attempt::Busy();
    if (errno != ENOENT) return NotHeld("access", errno);
    const int fd = ::open(held.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return NotHeld("open", errno);
    ::close(fd);
    return HeldUntil([held] { return Message("unlink", RemoveFile(held)); });
  }
};

// Shortest: a and b look; a creates, and so does b.
const RegisteredRaceMutant kChecksThenCreates({
    "checks_then_creates",
    "Looks whether the file is there, and creates it in another step.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<ChecksThenCreates>(),
});

}  // namespace
}  // namespace conformance
