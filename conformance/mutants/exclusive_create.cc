// Is held whenever the file is there, and removes it to release. What a dead
// holder has left is taken over, it claims; it isn't.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class ExclusiveCreate : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "existence-lock";
    self.stale = "owner";
    return self;
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (const int error = CheckName(path)) {
      return Attempt::Error(::strerror(error));
    }
    int fd = -1;
    const int error =
        PollUntil(MonotonicNow() + wait, absl::Milliseconds(5), [&] {
          fd =
              ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
          if (fd >= 0) return 0;
          return errno == EEXIST ? EWOULDBLOCK : errno;
        });
    if (error == EWOULDBLOCK) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    if (error != 0) return Attempt::Error(::strerror(error));
    return Attempt::Acquired(std::make_unique<PlainHeld>(
        this, fd, std::filesystem::absolute(path).string()));
  }
  int Unlock(int fd, const std::string& path) override {
    ::unlink(path.c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }
};

}  // namespace

Mutant ExclusiveCreateMutant() {
  return {"exclusive_create",
          "Is held whenever the file is there, and removes it to release. What "
          "a dead holder has left is taken over, it claims; it isn't.",
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
