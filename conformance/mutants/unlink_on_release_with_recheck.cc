#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class UnlinkOnReleaseWithRecheck : public PlainLock {
  int Unlock(int fd, const std::string& path) override {
    ::unlink(path.c_str());
    return PlainLock::Unlock(fd, path);
  }
};

// It excludes, and still leaves no file behind.
const RegisteredMutant kUnlinkOnReleaseWithRecheck({
    "unlink_on_release_with_recheck",
    "Removes the file when it releases the lock; what it acquires, it looks at "
    "again.",
    {{"Persistence.FileExistsAfterRelease"},
     {"Persistence.InodeStaysOverCycles"},
     {"Persistence.ReleaseAfterRemovalSparesNewcomer"}},
    Serve<UnlinkOnReleaseWithRecheck>(),
});

}  // namespace
}  // namespace conformance
