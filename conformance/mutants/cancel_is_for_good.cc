#include <errno.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelIsForGood : public CancellableLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    return cancelled_ ? ECANCELED : CancellableLock::LockUntil(fd, deadline);
  }
  Attempt GiveUp(int fd, const std::string& path) override {
    cancelled_ = true;
    return CancellableLock::GiveUp(fd, path);
  }

  bool cancelled_ = false;
};

const RegisteredMutant kCancelIsForGood({
    "cancel_is_for_good",
    "Never forgets that a wait was cancelled, and so gives up every later one.",
    {{"Waiting.CancelledWaiterGetsNothingLater"}},
    Serve<CancelIsForGood>(),
});

}  // namespace
}  // namespace conformance
