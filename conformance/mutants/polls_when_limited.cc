#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PollsWhenLimited : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    if (deadline == absl::InfiniteDuration()) {
      return PlainLock::LockUntil(fd, deadline);
    }
    return PollUntil(deadline, absl::Milliseconds(50),
                     [&] { return Lock(fd); });
  }
};

const RegisteredMutant kPollsWhenLimited({
    "polls_when_limited",
    "Polls where a wait has a limit, beside others that wait in the queue of "
    "the kernel.",
    {{"Waiting.EveryWaiterGetsTurns"}},
    Serve<PollsWhenLimited>(),
});

}  // namespace
}  // namespace conformance
