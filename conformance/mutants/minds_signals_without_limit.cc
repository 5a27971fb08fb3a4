#include <errno.h>
#include <sys/file.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MindsSignalsWithoutLimit : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    if (deadline != absl::InfiniteDuration()) {
      return PlainLock::LockUntil(fd, deadline);
    }
    return ::flock(fd, LOCK_EX) == 0 ? 0 : errno;
  }
};

const RegisteredMutant kMindsSignalsWithoutLimit({
    "minds_signals_without_limit",
    "Takes an interrupted wait for a failure if it has no limit.",
    {{"Waiting.SignalStormWithoutLimit"}},
    Serve<MindsSignalsWithoutLimit>(),
});

}  // namespace
}  // namespace conformance
