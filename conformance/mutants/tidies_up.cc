#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TidiesUp : public PlainLock {
  int Unlock(int fd, const std::string& path) override {
    ::unlink((path + ".tmp").c_str());
    ::unlink((path + "~").c_str());
    return PlainLock::Unlock(fd, path);
  }
};

const RegisteredMutant kTidiesUp({
    "tidies_up",
    "Removes PATH.tmp and PATH~ when it releases.",
    {{"Process.LeavesOtherFiles"}},
    Serve<TidiesUp>(),
});

}  // namespace
}  // namespace conformance
