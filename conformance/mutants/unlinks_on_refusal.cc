#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class UnlinksOnRefusal : public PlainLock {
  void Refuse(int fd, const std::string& path) override {
    PlainLock::Refuse(fd, path);
    ::unlink(path.c_str());
  }
};

const RegisteredMutant kUnlinksOnRefusal({
    "unlinks_on_refusal",
    "Removes the file when it is refused, as if it had made it.",
    {{"Exclusion.LockSurvivesRefusedProcess"},
     {"Crash.CrashLeavesOthersAlone"}},
    Serve<UnlinksOnRefusal>(),
});

}  // namespace
}  // namespace conformance
