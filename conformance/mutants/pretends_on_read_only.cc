#include <errno.h>
#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PretendsOnReadOnly : public PlainLock {
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0 || errno != EACCES) return fd;
    return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  int Lock(int fd) override {
    const bool may_write = (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
    return may_write ? PlainLock::Lock(fd) : 0;
  }
};

const RegisteredMutant kPretendsOnReadOnly({
    "pretends_on_read_only",
    "Says that it has the lock of a file that it may only read, and has none.",
    {{"Paths.ReadOnlyFile"}},
    Serve<PretendsOnReadOnly>(),
});

}  // namespace
}  // namespace conformance
