#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EmptyMeansHere : public PlainLock {
  int CheckName(const std::string& path) override {
    return path.empty() ? 0 : PlainLock::CheckName(path);
  }
  int Open(const std::string& path) override {
    if (!path.empty()) return PlainLock::Open(path);
    return ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  int CheckFile(int /*fd*/) override { return 0; }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kEmptyMeansHere({
    "empty_means_here",
    "Takes the empty path for the current folder.",
    {{"Paths.EmptyPath"}},
    Serve<EmptyMeansHere>(),
});

}  // namespace
}  // namespace conformance
