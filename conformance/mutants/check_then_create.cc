// Looks whether the file is there, and creates it if not, in two steps.

#include <errno.h>
#include <poll.h>
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

class CheckThenCreate : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "existence-lock";
    self.stale = "never";
    return self;
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (const int error = CheckName(path)) {
      return Attempt::Error(::strerror(error));
    }
    int fd = -1;
    const int error =
        PollUntil(MonotonicNow() + wait, absl::Milliseconds(5), [&] {
          struct stat st = {};
          if (::lstat(path.c_str(), &st) == 0) return EWOULDBLOCK;
          ::poll(nullptr, 0, 5);  // the window, for everybody to get through
          fd = Open(path);
          return fd >= 0 ? 0 : errno;
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

Mutant CheckThenCreateMutant() {
  return {
      "check_then_create",
      "Looks whether the file is there, and creates it if not, in two steps.",
      {{"Exclusion.BarrierRaceHasOneWinner"},
       {"Exclusion.FreeRunNeverOverlaps"}},
      Serve<CheckThenCreate>()};
}

}  // namespace conformance
