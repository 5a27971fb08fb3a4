// Gives a wait up when half of its time is over.

#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class GivesUpEarly : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const absl::Duration now = MonotonicNow();
    return PlainLock::LockUntil(fd, now + (deadline - now) / 2);
  }
};

}  // namespace

Mutant GivesUpEarlyMutant() {
  return {"gives_up_early",
          "Gives a wait up when half of its time is over.",
          {{"Waiting.NotBeforeDeadline"}},
          Serve<GivesUpEarly>()};
}

}  // namespace conformance
