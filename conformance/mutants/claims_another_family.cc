#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class ClaimsAnotherFamily : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "record-lock";
    return self;
  }
};

const RegisteredMutant kClaimsAnotherFamily({
    "claims_another_family",
    "Claims to be a record lock, and is none.",
    {{"Protocol.ProfileIsTrue"}},
    Serve<ClaimsAnotherFamily>(),
});

}  // namespace
}  // namespace conformance
