#include "conformance/mutants/mutant.h"
#include "conformance/mutants/socket_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class ClaimsWindows : public SocketLock {
  Introduction Describe() const override {
    Introduction self = SocketLock::Describe();
    self.profile = "windows";
    return self;
  }
};

const RegisteredMutant kClaimsWindows({
    "claims_windows",
    "Claims to be a lock of Windows, of which less is asked, and is one that "
    "nothing "
    "tells from it.",
    {{"Protocol.ProfileIsTrue"}},
    Serve<ClaimsWindows>(),
});

}  // namespace
}  // namespace conformance
