#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class OneLockPerName : public PlainLock {
  int Open(const std::string& path) override {
    const int named = PlainLock::Open(path);
    if (named < 0) return named;
    const int unfit = PlainLock::CheckFile(named);
    ::close(named);
    if (unfit != 0) {
      errno = unfit;
      return -1;
    }
    // Of each test its own, or two tests would meet.
    const char* const folder = ::getenv("TEST_TMPDIR");
    return ::open(
        absl::StrCat(folder != nullptr
                         ? folder
                         : std::filesystem::temp_directory_path().string(),
                     "/one_lock_per_name.", path.substr(path.rfind('/') + 1))
            .c_str(),
        O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  }
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "kernel-lock";
    self.at = "";
    return self;
  }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kOneLockPerName({
    "one_lock_per_name",
    "Locks one file for all that have the same last part of their name.",
    {{"Exclusion.EqualNamesInDifferentFoldersAreDifferent"}},
    Serve<OneLockPerName>(),
});

}  // namespace
}  // namespace conformance
