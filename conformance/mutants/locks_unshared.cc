#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LocksUnshared : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(
        path.c_str(),
        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
        0600);
  }
};

const RegisteredMutant kLocksUnshared({
    "locks_unshared",
    "Makes a file that only its own user may open.",
    {{"Users.OtherUserCanAcquire"}},
    Serve<LocksUnshared>(),
});

}  // namespace
}  // namespace conformance
