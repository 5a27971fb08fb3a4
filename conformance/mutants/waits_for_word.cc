#include <errno.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class WaitsForWord : public PlainLock {
  int Open(const std::string& path) override {
    word_ = absl::StrCat(path, ".released");
    return PlainLock::Open(path);
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = Lock(fd);
    if (error != EWOULDBLOCK) return error;
    while (::access(word_.c_str(), F_OK) != 0) {
      if (MonotonicNow() >= deadline) return EWOULDBLOCK;
      NapUntil(MonotonicNow() + absl::Milliseconds(2));
    }
    return PlainLock::LockUntil(fd, deadline);
  }

  std::string word_;
};

const RegisteredMutant kWaitsForWord({
    "waits_for_word",
    "Waits until the holder says that it has released, so that it waits in "
    "vain for a dead one.",
    {{"Waiting.HolderDeathWakesWaiter"}},
    Serve<WaitsForWord>(),
});

}  // namespace
}  // namespace conformance
