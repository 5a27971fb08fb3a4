#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LeavesFailureMarked : public PlainLock {
  int Open(const std::string& path) override {
    note_ = absl::StrCat(path, ".failed");
    if (::access(note_.c_str(), F_OK) == 0) {
      errno = EIO;
      return -1;
    }
    return PlainLock::Open(path);
  }
  int Lock(int fd) override { return Noted(PlainLock::Lock(fd)); }
  int LockUntil(int fd, absl::Duration deadline) override {
    return Noted(PlainLock::LockUntil(fd, deadline));
  }

  int Noted(int error) {
    if (error != 0 && error != EWOULDBLOCK) {
      ::close(::open(note_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    }
    return error;
  }

  std::string note_;
};

const RegisteredMutant kLeavesFailureMarked({
    "leaves_failure_marked",
    "Leaves a note beside a file that it failed to lock, and nobody locks a "
    "file that has one.",
    {{"Errors.FailingCallLeavesTheLockFree"}},
    Serve<LeavesFailureMarked>(),
});

}  // namespace
}  // namespace conformance
