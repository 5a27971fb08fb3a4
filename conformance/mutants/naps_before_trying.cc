#include <poll.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NapsBeforeTrying : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    ::poll(nullptr, 0, 1200);
    return PlainLock::LockUntil(fd, deadline);
  }
};

const RegisteredMutant kNapsBeforeTrying({
    "naps_before_trying",
    "Naps before it looks whether the lock is free, where it may wait.",
    {{"Waiting.FreeLockNeedsNoWait"}},
    Serve<NapsBeforeTrying>(),
});

}  // namespace
}  // namespace conformance
