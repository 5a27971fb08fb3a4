#include <fcntl.h>

#include <filesystem>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class OneLockPerFolder : public PlainLock {
  int Open(const std::string& path) override {
    const std::string folder =
        std::filesystem::path(path).parent_path().string();
    return ::open(folder.empty() ? "." : folder.c_str(),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "kernel-lock";
    self.at = "";
    return self;
  }
  int CheckFile(int /*fd*/) override { return 0; }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kOneLockPerFolder({
    "one_lock_per_folder",
    "Locks the folder in place of the file.",
    {{"Exclusion.DifferentPathsAreIndependent"}},
    Serve<OneLockPerFolder>(),
});

}  // namespace
}  // namespace conformance
