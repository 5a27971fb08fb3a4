#include <errno.h>
#include <sys/file.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

class Blocking : public PlainLock {
  int Lock(int fd) override { return ::flock(fd, LOCK_EX) == 0 ? 0 : errno; }
};

// As in gofrs/flock 51, py-filelock 481.
const RegisteredMutant kBlocking({
    "blocking",
    "Waits for the lock although it was not to wait.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kHang, absl::Seconds(2)},
     {"Exclusion.SecondAcquireInProcessIsRefused", Outcome::kHang,
      absl::Seconds(2)}},
    Serve<Blocking>(),
});

}  // namespace
}  // namespace conformance
