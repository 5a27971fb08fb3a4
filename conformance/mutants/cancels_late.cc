#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelsLate : public CancellableLock {
  void Wake() override {
    NapUntil(MonotonicNow() + absl::Seconds(2));
    CancellableLock::Wake();
  }
};

const RegisteredMutant kCancelsLate({
    "cancels_late",
    "Looks each two seconds only whether a wait was cancelled.",
    {{"Waiting.CancelledWaitEnds"}},
    Serve<CancelsLate>(),
});

}  // namespace
}  // namespace conformance
