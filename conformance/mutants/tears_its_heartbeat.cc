// Writes its file anew now and then to show that it lives, in two steps, and
// takes a file with nothing in it for that of a dead process.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <mutex>  // NOLINT(build/c++11): guards what the heart writes to
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11): the heart

#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/implementation.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class TearsItsHeartbeat : public PlainLock {
 public:
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
          if (::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
              st.st_size == 0) {
            ::unlink(path.c_str());
          }
          fd =
              ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
          if (fd < 0) return errno == EEXIST ? EWOULDBLOCK : errno;
          return ::pwrite(fd, "lives\n", 6, 0) == 6 ? 0 : EIO;
        });
    if (error == EWOULDBLOCK) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    if (error != 0) return Attempt::Error(::strerror(error));
    Beat(fd);
    return Attempt::Acquired(std::make_unique<PlainHeld>(
        this, fd, std::filesystem::absolute(path).string()));
  }
  int Unlock(int fd, const std::string& path) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_.erase(fd);
    ::unlink(path.c_str());
    return ::close(fd) == 0 ? 0 : errno;
  }

 private:
  void Beat(int fd) {
    // Never ended: it is the process's.
    static auto* const heart = new std::thread([this] {
      for (;;) {
        NapUntil(MonotonicNow() + absl::Milliseconds(700));
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const int held : held_) {
          if (::ftruncate(held, 0) != 0) continue;
          NapUntil(MonotonicNow() + absl::Milliseconds(5));
          if (::pwrite(held, "lives\n", 6, 0) != 6) continue;
        }
      }
    });
    static_cast<void>(heart);
    const std::lock_guard<std::mutex> lock(mutex_);
    held_.insert(fd);
  }

  std::mutex mutex_;
  std::set<int> held_;
};

}  // namespace

Mutant TearsItsHeartbeatMutant() {
  return {"tears_its_heartbeat",
          "Writes its file anew now and then to show that it lives, in two "
          "steps, and takes a file with nothing in it for that of a dead "
          "process.",
          {{"Exclusion.LiveHolderHolds"}},
          Serve<TearsItsHeartbeat>()};
}

}  // namespace conformance
