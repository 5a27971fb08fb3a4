#include <errno.h>
#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LocksDirectories : public PlainLock {
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0 || errno != EISDIR) return fd;
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  int CheckFile(int /*fd*/) override { return 0; }
};

const RegisteredMutant kLocksDirectories({
    "locks_directories",
    "Locks a folder as if it were a file.",
    {{"Paths.Directory"}},
    Serve<LocksDirectories>(),
});

}  // namespace
}  // namespace conformance
