#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LittersOnCancel : public CancellableLock {
  Attempt GiveUp(int fd, const std::string& path) override {
    std::string name = path + ".XXXXXX";
    ::close(::mkstemp(name.data()));
    return CancellableLock::GiveUp(fd, path);
  }
};

const RegisteredMutant kLittersOnCancel({
    "litters_on_cancel",
    "Leaves a file of a name of its own beside the lock with each wait that is "
    "called off.",
    {{"Reacquisition.AttemptsLeaveNoFiles"}},
    Serve<LittersOnCancel>(),
});

}  // namespace
}  // namespace conformance
