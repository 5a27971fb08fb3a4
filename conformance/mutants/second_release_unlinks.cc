// Removes the file when the lock is released a second time.

#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class SecondReleaseUnlinks : public PlainLock {
  std::string ReleaseAgain(int /*fd*/, const std::string& path) override {
    ::unlink(path.c_str());
    return "";
  }
};

}  // namespace

Mutant SecondReleaseUnlinksMutant() {
  return {"second_release_unlinks",
          "Removes the file when the lock is released a second time.",
          {{"Reacquisition.ReleaseTwiceIsHarmless"}},
          Serve<SecondReleaseUnlinks>()};
}

}  // namespace conformance
