#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SecondReleaseClosesAgain : public PlainLock {
  std::string ReleaseAgain(int fd, const std::string& /*path*/) override {
    ::close(fd);
    return "";
  }
};

// As in py-filelock 633.
const RegisteredMutant kSecondReleaseClosesAgain({
    "second_release_closes_again",
    "Closes its descriptor again when the lock is released a second time; the "
    "number may be somebody else's by then.",
    {{"Reacquisition.ReleaseTwiceIsHarmless"}},
    Serve<SecondReleaseClosesAgain>(),
});

}  // namespace
}  // namespace conformance
