#include <errno.h>
#include <sys/file.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeaksDescriptor : public PlainLock {
  int Unlock(int fd, const std::string& /*path*/) override {
    return ::flock(fd, LOCK_UN) == 0 ? 0 : errno;
  }
};

const RegisteredMutant kLeaksDescriptor({
    "leaks_descriptor",
    "Unlocks the file and does not close it.",
    {{"Reacquisition.CyclesLeakNoDescriptors"}},
    Serve<LeaksDescriptor>(),
});

}  // namespace
}  // namespace conformance
