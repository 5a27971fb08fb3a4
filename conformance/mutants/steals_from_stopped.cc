#include <errno.h>

#include "absl/strings/numbers.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/process/proc.h"

namespace conformance {
namespace {

class StealsFromStopped : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Lock(int fd) override {
    const int error = PlainLock::Lock(fd);
    if (error != EWOULDBLOCK) return error;
    pid_t holder = 0;
    const bool stopped =
        absl::SimpleAtoi(LoggedPid(fd), &holder) && ProcessState(holder) == 'T';
    return stopped ? 0 : EWOULDBLOCK;
  }
};

// As locks with a heartbeat do: proper-lockfile 121.
const RegisteredMutant kStealsFromStopped({
    "steals_from_stopped",
    "Takes the lock of a process that is stopped for one that nobody holds.",
    {{"Exclusion.StoppedHolderStillHolds"}},
    Serve<StealsFromStopped>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
