#include <sys/stat.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ChmodsOnOpen : public PlainLock {
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0) ::fchmod(fd, 0666);
    return fd;
  }
};

// As in py-filelock 591.
const RegisteredMutant kChmodsOnOpen({
    "chmods_on_open",
    "Changes the mode of the file before it has the lock.",
    {{"Persistence.RefusalChangesNoMode"}, {"Persistence.ExistingFileIsUsed"}},
    Serve<ChmodsOnOpen>(),
});

}  // namespace
}  // namespace conformance
