// Makes a folder at the path, and removes it to release. What a dead holder has
// left is taken over, it claims; it isn't.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
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

class MkdirLock : public PlainLock {
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
    const int error =
        PollUntil(MonotonicNow() + wait, absl::Milliseconds(5), [&] {
          if (::mkdir(path.c_str(), 0777) == 0) return 0;
          return errno == EEXIST ? EWOULDBLOCK : errno;
        });
    if (error == EWOULDBLOCK) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    if (error != 0) return Attempt::Error(::strerror(error));
    const int fd = ::open(path.c_str(), O_DIRECTORY | O_CLOEXEC);
    return Attempt::Acquired(std::make_unique<PlainHeld>(
        this, fd, std::filesystem::absolute(path).string()));
  }
  int Unlock(int fd, const std::string& path) override {
    ::rmdir(path.c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }
};

}  // namespace

Mutant MkdirLockMutant() {
  return {"mkdir_lock",
          "Makes a folder at the path, and removes it to release. What a dead "
          "holder has left is taken over, it claims; it isn't.",
          {{"Existence.StaleRuleIsKept"},
           {"Crash.SigkillFrees"},
           {"Systematic.CrashAtAnyCallFrees"}},
          Serve<MkdirLock>()};
}

}  // namespace conformance
