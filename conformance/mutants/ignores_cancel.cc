#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class IgnoresCancel : public CancellableLock {
  void Wake() override {}
};

const RegisteredMutant kIgnoresCancel({
    "ignores_cancel",
    "Waits on when it is cancelled.",
    {{"Waiting.CancelledWaitEnds", Outcome::kHang, absl::Seconds(2)}},
    Serve<IgnoresCancel>(),
});

}  // namespace
}  // namespace conformance
