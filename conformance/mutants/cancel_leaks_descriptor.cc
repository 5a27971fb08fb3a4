#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelLeaksDescriptor : public CancellableLock {
  Attempt GiveUp(int /*fd*/, const std::string& /*path*/) override {
    return Attempt::Cancelled();
  }
};

const RegisteredMutant kCancelLeaksDescriptor({
    "cancel_leaks_descriptor",
    "Does not close the file after a wait that was cancelled.",
    {{"Waiting.CancelledWaitsLeaveNothing"}},
    Serve<CancelLeaksDescriptor>(),
});

}  // namespace
}  // namespace conformance
