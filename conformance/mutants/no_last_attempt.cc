#include <errno.h>

#include <algorithm>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NoLastAttempt : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const int error = Lock(fd);
      if (error != EWOULDBLOCK) return error;
      NapUntil(std::min(deadline, MonotonicNow() + absl::Milliseconds(90)));
      if (MonotonicNow() >= deadline) return EWOULDBLOCK;
    }
  }
};

const RegisteredMutant kNoLastAttempt({
    "no_last_attempt",
    "Polls, and does not try again at the deadline.",
    {{"Waiting.FreeBeforeDeadlineIsEnough"}},
    Serve<NoLastAttempt>(),
});

}  // namespace
}  // namespace conformance
