#include <sys/stat.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class OpensFileToAll : public PlainLock {
  int Open(const std::string& path) override {
    struct stat st;
    const bool is_new = ::lstat(path.c_str(), &st) != 0;
    const int fd = PlainLock::Open(path);
    if (fd >= 0 && is_new) ::fchmod(fd, 0666);
    return fd;
  }
};

const RegisteredMutant kOpensFileToAll({
    "opens_file_to_all",
    "Lets everybody write to the file that it has made, whatever the mask.",
    {{"Process.NewFilesKeepToMask"}},
    Serve<OpensFileToAll>(),
});

}  // namespace
}  // namespace conformance
