// Makes a folder at the path, and removes it to release.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MkdirLock : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    if (::mkdir(path.c_str(), 0777) == 0) {
      const int fd = ::open(path.c_str(), O_DIRECTORY | O_CLOEXEC);
      return Attempt::Acquired(std::make_unique<PlainHeld>(this, fd, path));
    }
    if (errno != EEXIST) return Attempt::Error(::strerror(errno));
    Log(LoggedPath(path), "UNKNOWN");
    return Attempt::Busy();
  }
  int Unlock(int fd, const std::string& path) override {
    ::rmdir(path.c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }
};

}  // namespace

Mutant MkdirLockMutant() {
  return {"mkdir_lock",
          "Makes a folder at the path, and removes it to release.",
          {{"Crash.SigkillFrees"},
           {"Persistence.FileExistsAfterRelease"},
           {"Persistence.RefusalChangesNoContent"},
           {"Persistence.ReleaseAfterRemovalSparesNewcomer"},
           {"Systematic.CrashAtAnyCallFrees"}},
          Serve<MkdirLock>()};
}

}  // namespace conformance
