#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SecondReleaseUnlinks : public PlainLock {
  std::string ReleaseAgain(int /*fd*/, const std::string& path) override {
    ::unlink(path.c_str());
    return "";
  }
};

const RegisteredMutant kSecondReleaseUnlinks({
    "second_release_unlinks",
    "Removes the file when the lock is released a second time.",
    {{"Reacquisition.ReleaseTwiceIsHarmless"}},
    Serve<SecondReleaseUnlinks>(),
});

}  // namespace
}  // namespace conformance
