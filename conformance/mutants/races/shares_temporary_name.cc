#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class SharesTemporaryName : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string held = path + ".held";
    const std::string temporary = path + ".tmp";
    const int fd =
        ::open(temporary.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return NotHeld("open", errno);
    ::close(fd);
    // Its result may be lost.
    const int ignored [[maybe_unused]] =
        ::link(temporary.c_str(), held.c_str());
    struct stat st = {};
    const bool won = ::stat(temporary.c_str(), &st) == 0 && st.st_nlink == 2;
    RemoveFile(temporary);
    if (!won) return Attempt::Busy();
    return HeldUntil([held] { return Message("unlink", RemoveFile(held)); });
  }
};

// So it must be done on old network file systems (open(2), O_EXCL), but by each
// from a file of its own: here they count each other's links.
//
// Shortest: a makes the temporary file; b opens the same; a links it; b's link
// fails, and the file has two names.
const RegisteredRaceMutant kSharesTemporaryName({
    "shares_temporary_name",
    "Takes the lock by link(2), and all do it from the same temporary name.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<SharesTemporaryName>(),
});

}  // namespace
}  // namespace conformance
