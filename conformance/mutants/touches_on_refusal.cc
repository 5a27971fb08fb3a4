#include <sys/stat.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TouchesOnRefusal : public PlainLock {
  void Refuse(int fd, const std::string& path) override {
    ::futimens(fd, nullptr);
    PlainLock::Refuse(fd, path);
  }
};

const RegisteredMutant kTouchesOnRefusal({
    "touches_on_refusal",
    "Sets the time of the file when it is refused.",
    {{"Persistence.RefusalChangesNoTimes"}},
    Serve<TouchesOnRefusal>(),
});

}  // namespace
}  // namespace conformance
