// A lock of this workspace's own, and the contender by which it is tested.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace {

// flock(2) of a file that stays.
struct Held : conformance::HeldLock {
  explicit Held(int descriptor) : fd(descriptor) {}
  ~Held() override { Close(); }
  std::string Release() override {
    Close();
    return "";
  }
  void Close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  int fd;
};

class Adapter : public conformance::Implementation {
 public:
  conformance::Introduction Describe() const override {
    return {"my lock", "1", 0, {"thread", "touch", "chdir", "exit"}};
  }

  conformance::Attempt Acquire(const std::string& path,
                               absl::Duration /*wait*/) override {
    // A C string would end there, and name another file.
    if (absl::StrContains(path, '\0')) {
      return conformance::Attempt::Error("a path can't contain a NUL");
    }
    const int fd = ::open(
        path.c_str(),
        O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
        0666);
    if (fd < 0) return Failed("open");
    auto held = std::make_unique<Held>(fd);
    struct stat file = {};
    if (::fstat(fd, &file) != 0) return Failed("fstat");
    if (!S_ISREG(file.st_mode)) {
      return conformance::Attempt::Error("it is no regular file");
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      // Everything else is an error.
      if (errno == EWOULDBLOCK) return conformance::Attempt::Busy();
      return Failed("flock");
    }
    return conformance::Attempt::Acquired(std::move(held));
  }

 private:
  static conformance::Attempt Failed(const std::string& call) {
    return conformance::Attempt::Error(call + ": " + ::strerror(errno));
  }
};

}  // namespace

int main() {
  Adapter adapter;
  return conformance::ContenderMain(adapter);
}
