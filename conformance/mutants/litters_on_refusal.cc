#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LittersOnRefusal : public PlainLock {
  void Refuse(int fd, const std::string& path) override {
    std::string name = path + ".XXXXXX";
    ::close(::mkstemp(name.data()));
    PlainLock::Refuse(fd, path);
  }
};

const RegisteredMutant kLittersOnRefusal({
    "litters_on_refusal",
    "Leaves a file of a name of its own beside the lock with each refusal.",
    {{"Reacquisition.AttemptsLeaveNoFiles"}},
    Serve<LittersOnRefusal>(),
});

}  // namespace
}  // namespace conformance
