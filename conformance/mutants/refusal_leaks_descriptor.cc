#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class RefusalLeaksDescriptor : public PlainLock {
  void Refuse(int fd, const std::string& path) override {
    Log(LoggedPath(path), LoggedPid(fd));
  }
};

// As in fasteners.
const RegisteredMutant kRefusalLeaksDescriptor({
    "refusal_leaks_descriptor",
    "Forgets to close the file when it is refused.",
    {{"Reacquisition.RefusalsLeakNoDescriptors"}},
    Serve<RefusalLeaksDescriptor>(),
});

}  // namespace
}  // namespace conformance
