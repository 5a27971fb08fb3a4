#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class EmptiesToRelease : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "existence-lock";
    self.stale = "never";
    return self;
  }
  // The flock is kept only while it looks.
  int Lock(int fd) override {
    if (const int error = Flock(fd)) return error;
    struct stat st = {};
    int error = ::fstat(fd, &st) == 0 ? 0 : errno;
    if (error == 0 && st.st_size > 0) error = EWOULDBLOCK;
    if (error == 0 && ::pwrite(fd, "held\n", 5, 0) != 5) error = ENOSPC;
    ::flock(fd, LOCK_UN);
    return error;
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    return PollUntil(deadline, absl::Milliseconds(5), [&] { return Lock(fd); });
  }
  int Unlock(int fd, const std::string& path) override {
    int error = Flock(fd);
    if (error == 0 && ::ftruncate(fd, 0) != 0) error = errno;
    PlainLock::Unlock(fd, path);
    return error;
  }

  static int Flock(int fd) {
    while (::flock(fd, LOCK_EX) != 0) {
      if (errno != EINTR) return errno;
    }
    return 0;
  }
};

const RegisteredMutant kEmptiesToRelease({
    "empties_to_release",
    "Empties its file to release, instead of removing it; it is held while "
    "there is something in it.",
    {{"Existence.GoneAfterRelease"}},
    Serve<EmptiesToRelease>(),
});

}  // namespace
}  // namespace conformance
