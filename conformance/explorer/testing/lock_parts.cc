// One class for all of them, told by a function what to do.

#include "conformance/explorer/testing/lock_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/implementation.h"

namespace conformance::explorer {
namespace {

class Held : public HeldLock {
 public:
  explicit Held(std::function<std::string()> release)
      : release_(std::move(release)) {}
  std::string Release() override { return release_(); }

 private:
  std::function<std::string()> release_;
};

class TestLock : public Implementation {
 public:
  explicit TestLock(TryLock acquire) : acquire_(std::move(acquire)) {}
  Introduction Describe() const override {
    return {"test lock", "1", 0, {"forever"}};
  }
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    return acquire_(path);
  }

 private:
  TryLock acquire_;
};

}  // namespace

Attempt Failed(const char* what) {
  return Attempt::Error(absl::StrCat(what, ": ", ::strerror(errno)));
}

Attempt HeldUntil(std::function<std::string()> release) {
  return Attempt::Acquired(std::make_unique<Held>(std::move(release)));
}

std::string CloseIt(int fd) {
  return ::close(fd) == 0 ? "" : absl::StrCat("close: ", ::strerror(errno));
}

std::string UnlinkIt(const std::string& path) {
  return ::unlink(path.c_str()) == 0
             ? ""
             : absl::StrCat("unlink: ", ::strerror(errno));
}

ContenderSource Source(const TryLock& acquire) {
  return ContenderSource::LinkedIn(
      [acquire] { return std::make_unique<TestLock>(acquire); });
}

Attempt Flock(const std::string& path, int operation,
              const std::function<std::string(int)>& release) {
  const int fd = ::open(path.c_str(), kFlags, 0666);
  if (fd < 0) return Failed("open");
  if (::flock(fd, operation) != 0) {
    const bool busy = errno == EWOULDBLOCK;
    Attempt failed = Failed("flock");
    ::close(fd);
    return busy ? Attempt::Busy() : std::move(failed);
  }
  return HeldUntil([release, fd] { return release(fd); });
}

Attempt CreateExclusively(const std::string& path, bool wait) {
  for (;;) {
    const int fd = ::open(path.c_str(), kFlags | O_EXCL, 0666);
    if (fd >= 0) {
      ::close(fd);
      return HeldUntil([path] { return UnlinkIt(path); });
    }
    if (errno != EEXIST) return Failed("open");
    if (!wait) return Attempt::Busy();
    const timespec nap = {10, 0};
    ::nanosleep(&nap, nullptr);
  }
}

char ReadOne(int fd) {
  char c = 0;
  while (::read(fd, &c, 1) < 0 && errno == EINTR) {
  }
  return c;
}

}  // namespace conformance::explorer
