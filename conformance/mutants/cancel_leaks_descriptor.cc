// Does not close the file after a wait that was cancelled.

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CancelLeaksDescriptor : public CancellableLock {
  Attempt GiveUp(int /*fd*/, const std::string& /*path*/) override {
    return Attempt::Cancelled();
  }
};

}  // namespace

Mutant CancelLeaksDescriptorMutant() {
  return {"cancel_leaks_descriptor",
          "Does not close the file after a wait that was cancelled.",
          {{"Waiting.CancelledWaitsLeaveNothing"}},
          Serve<CancelLeaksDescriptor>()};
}

}  // namespace conformance
