#include <errno.h>
#include <unistd.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeavesZombie : public PlainLock {
  int Record(int /*fd*/) override {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    return child < 0 ? errno : 0;
  }
};

const RegisteredMutant kLeavesZombie({
    "leaves_zombie",
    "Starts a child with each acquisition and never waits for its end.",
    {{"Reacquisition.CyclesLeakNoChildren"}},
    Serve<LeavesZombie>(),
});

}  // namespace
}  // namespace conformance
