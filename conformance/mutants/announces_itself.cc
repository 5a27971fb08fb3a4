#include <errno.h>
#include <unistd.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class AnnouncesItself : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = Lock(fd);
    if (error != EWOULDBLOCK) return error;
    if (::pwrite(fd, "waiting\n", 8, 0) != 8) return EIO;
    return PlainLock::LockUntil(fd, deadline);
  }
};

const RegisteredMutant kAnnouncesItself({
    "announces_itself",
    "Writes into the file that it waits.",
    {{"Waiting.WaitingDisturbsNothing"}},
    Serve<AnnouncesItself>(),
});

}  // namespace
}  // namespace conformance
