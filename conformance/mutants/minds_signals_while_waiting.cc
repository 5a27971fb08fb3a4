#include <errno.h>
#include <sys/file.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MindsSignalsWhileWaiting : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    if (deadline != absl::InfiniteDuration()) {
      const int error = Lock(fd);
      if (error != EWOULDBLOCK) return error;
    }
    return ::flock(fd, LOCK_EX) == 0 ? 0 : errno;
  }
};

const RegisteredMutant kMindsSignalsWhileWaiting({
    "minds_signals_while_waiting",
    "Takes an interrupted wait for a failure.",
    {{"Waiting.SignalStorm"}},
    Serve<MindsSignalsWhileWaiting>(),
});

}  // namespace
}  // namespace conformance
