// For mutants that are existence locks: PlainLock, held whenever its file is
// there.

#ifndef CONFORMANCE_MUTANTS_CREATED_LOCK_H_
#define CONFORMANCE_MUTANTS_CREATED_LOCK_H_

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {

class CreatedLock : public PlainLock {
 public:
  // `stale` as in `hello`.
  explicit CreatedLock(absl::string_view stale) : stale_(stale) {}

  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "existence-lock";
    self.stale = stale_;
    return self;
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (const int error = CheckName(path)) {
      return Attempt::Error(::strerror(error));
    }
    int fd = -1;
    const int error =
        PollUntil(MonotonicNow() + wait, absl::Milliseconds(5), [&] {
          fd = Create(path);
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
    Remove(path);
    return ::close(fd) == 0 ? 0 : errno;
  }

 protected:
  // The descriptor of the file that is made, or -1 and errno. EEXIST: somebody
  // else holds it.
  virtual int Create(const std::string& path) {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  virtual void Remove(const std::string& path) { ::unlink(path.c_str()); }

 private:
  const std::string stale_;
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_CREATED_LOCK_H_
