// Is held whenever the file is there, and removes it to release.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ExclusiveCreate : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      return Attempt::Acquired(std::make_unique<PlainHeld>(this, fd, path));
    }
    if (errno != EEXIST) return Attempt::Error(::strerror(errno));
    Log(LoggedPath(path), "UNKNOWN");
    return Attempt::Busy();
  }
  int Unlock(int fd, const std::string& path) override {
    ::unlink(path.c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }
};

}  // namespace

Mutant ExclusiveCreateMutant() {
  return {"exclusive_create",
          "Is held whenever the file is there, and removes it to release.",
          {{"Crash.SigkillFrees"},
           {"Crash.AbortFrees"},
           {"Crash.SegmentationFaultFrees"},
           {"Crash.ExitWithoutReleaseFrees"},
           {"Crash.ImmediateExitFrees"},
           {"Crash.CrashDuringRaceFrees"},
           {"Crash.CrashLeavesOthersAlone"}},
          Serve<ExclusiveCreate>()};
}

}  // namespace conformance
