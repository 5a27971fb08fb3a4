#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class OnlyCloses : public PlainLock {
  int AfterFork(int fd) override { return fd; }
  int Unlock(int fd, const std::string& /*path*/) override {
    return ::close(fd) == 0 ? 0 : errno;
  }
};

// As in zc.lockfile issue 8.
const RegisteredMutant kOnlyCloses({
    "only_closes",
    "Only closes its descriptor to release, while a forked child keeps a copy.",
    {{"Inheritance.ParentReleaseFrees"}, {"Inheritance.ParentDeathFrees"}},
    Serve<OnlyCloses>(),
});

}  // namespace
}  // namespace conformance
