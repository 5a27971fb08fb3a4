// Once refused, a process refuses itself for ever. rocksdb 8747.

#include <errno.h>

#include "absl/time/time.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class PoisonedByRefusal : public PlainLock {
  int Lock(int fd) override {
    if (refused_) return EWOULDBLOCK;
    const int error = PlainLock::Lock(fd);
    refused_ = error == EWOULDBLOCK;
    return error;
  }

  bool refused_ = false;
};

}  // namespace

Mutant PoisonedByRefusalMutant() {
  return {"poisoned_by_refusal",
          "Once refused, a process refuses itself for ever.",
          {{"Reacquisition.AfterRefusal"},
           {"Exclusion.EveryContenderGetsTurns", Outcome::kViolation,
            absl::Seconds(1)}},
          Serve<PoisonedByRefusal>()};
}

}  // namespace conformance
