// Takes the mask of new files away while it waits. py-filelock 204.

#include <sys/stat.h>

#include "absl/time/time.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ClearsUmask : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const mode_t before = ::umask(0);
    const int error = PlainLock::LockUntil(fd, deadline);
    ::umask(before);
    return error;
  }
};

}  // namespace

Mutant ClearsUmaskMutant() {
  return {"clears_umask",
          "Takes the mask of new files away while it waits.",
          {{"Process.LeavesMaskAndFolder"}},
          Serve<ClearsUmask>()};
}

}  // namespace conformance
