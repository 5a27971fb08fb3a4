#include <errno.h>

#include <filesystem>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LocksParentInstead : public PlainLock {
  int Open(const std::string& path) override {
    const int fd = PlainLock::Open(path);
    if (fd >= 0 || errno != ENOTDIR) return fd;
    return PlainLock::Open(std::filesystem::path(path).parent_path().string());
  }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kLocksParentInstead({
    "locks_parent_instead",
    "Where a file stands in place of a folder, locks that file.",
    {{"Paths.FileAsDirectory"}},
    Serve<LocksParentInstead>(),
});

}  // namespace
}  // namespace conformance
