#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PollsSlowly : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    return PollUntil(deadline, absl::Milliseconds(700),
                     [&] { return Lock(fd); });
  }
};

const RegisteredMutant kPollsSlowly({
    "polls_slowly",
    "Polls every 700 ms.",
    {{"Waiting.HandOverIsPrompt"}},
    Serve<PollsSlowly>(),
});

}  // namespace
}  // namespace conformance
