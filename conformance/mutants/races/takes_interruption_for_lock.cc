#include <errno.h>
#include <fcntl.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class TakesInterruptionForLock : public RemovedFile {
  int Lock(int fd, const std::string& /*path*/, bool wait) override {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const int command = wait ? F_OFD_SETLKW : F_OFD_SETLK;
    if (::fcntl(fd, command, &whole) == 0 || errno == EINTR) return 0;
    return errno;
  }
};

// Shortest: a acquires; b's request fails with EINTR, and it believes that it
// holds.
const RegisteredRaceMutant kTakesInterruptionForLock({
    "takes_interruption_for_lock",
    "Takes a lock request that was interrupted (EINTR) for one that was "
    "granted.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<TakesInterruptionForLock>(),
});

}  // namespace
}  // namespace conformance
