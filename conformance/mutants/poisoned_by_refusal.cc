#include <errno.h>
#include <poll.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class PoisonedByRefusal : public PlainLock {
  int Lock(int fd) override {
    if (refused_) {
      ::poll(nullptr, 0, 1);  // or a few seconds make a huge history
      return EWOULDBLOCK;
    }
    const int error = PlainLock::Lock(fd);
    refused_ = error == EWOULDBLOCK;
    return error;
  }

  bool refused_ = false;
};

// As in rocksdb 8747.
const RegisteredMutant kPoisonedByRefusal({
    "poisoned_by_refusal",
    "Once refused, a process refuses itself for ever.",
    {{"Reacquisition.AfterRefusal"},
     {"Exclusion.EveryContenderGetsTurns", Outcome::kViolation,
      absl::Seconds(3)}},
    Serve<PoisonedByRefusal>(),
});

}  // namespace
}  // namespace conformance
