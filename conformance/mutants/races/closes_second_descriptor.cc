#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class ClosesSecondDescriptor : public RemovedFile {
  int Lock(int fd, const std::string& path, bool wait) override {
    const int error = RecordLockWhole(fd, F_SETLK);
    if (error != EWOULDBLOCK) return error;
    const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (reader < 0) return errno;
    const int again = RecordLockWhole(fd, wait ? F_SETLKW : F_SETLK);
    ::close(reader);
    return again;
  }
  int Release(int fd, const std::string& /*path*/) override {
    return CloseFile(fd);
  }
};

// It opens the file once more to read who has it; see fcntl(2).
//
// Shortest: a acquires; b is refused, and opens the file to read; a releases; b
// has the lock, closes, and has lost it; a acquires.
const RegisteredRaceMutant kClosesSecondDescriptor({
    "closes_second_descriptor",
    "When refused, tries again while it has the file open twice, and loses a "
    "record lock by closing one of them.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<ClosesSecondDescriptor>(),
});

}  // namespace
}  // namespace conformance
