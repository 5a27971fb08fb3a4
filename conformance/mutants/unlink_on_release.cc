#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class UnlinkOnRelease : public PlainLock {
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
  int Unlock(int fd, const std::string& path) override {
    ::unlink(path.c_str());
    return PlainLock::Unlock(fd, path);
  }
};

// As in py-filelock 574, portalocker 115, gofrs/flock 8.
const RegisteredMutant kUnlinkOnRelease({
    "unlink_on_release",
    "Removes the file when it releases the lock, and does not look whether "
    "what it has locked is still there.",
    {{"Persistence.FileExistsAfterRelease"},
     {"Persistence.InodeStaysOverCycles"},
     {"Persistence.ReleaseAfterRemovalSparesNewcomer"},
     {"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<UnlinkOnRelease>(),
});

}  // namespace
}  // namespace conformance
