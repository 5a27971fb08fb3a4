#include <errno.h>
#include <poll.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MindsSignals : public PlainLock {
  int Lock(int fd) override {
    if (::poll(nullptr, 0, 1) < 0) return errno;
    return PlainLock::Lock(fd);
  }
};

const RegisteredMutant kMindsSignals({
    "minds_signals",
    "Takes an interrupted call for a failure, also without a wait.",
    {{"Waiting.SignalsDuringCycles"}},
    Serve<MindsSignals>(),
});

}  // namespace
}  // namespace conformance
