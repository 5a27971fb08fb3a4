#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class GivesUpLate : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    return PlainLock::LockUntil(fd, deadline + absl::Milliseconds(1300));
  }
};

const RegisteredMutant kGivesUpLate({
    "gives_up_late",
    "Gives a wait up more than a second after its deadline.",
    {{"Waiting.SoonAfterDeadline"}},
    Serve<GivesUpLate>(),
});

}  // namespace
}  // namespace conformance
