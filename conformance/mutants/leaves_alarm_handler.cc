#include <signal.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeavesAlarmHandler : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = PlainLock::LockUntil(fd, deadline);
    if (error != 0) ::signal(SIGALRM, [](int /*signal*/) {});
    return error;
  }
};

const RegisteredMutant kLeavesAlarmHandler({
    "leaves_alarm_handler",
    "Leaves its handler of SIGALRM from its first wait in vain on.",
    {{"Process.LeavesSignals"}},
    Serve<LeavesAlarmHandler>(),
});

}  // namespace
}  // namespace conformance
