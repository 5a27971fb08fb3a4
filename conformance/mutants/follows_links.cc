#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FollowsLinks : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                  0666);
  }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

const RegisteredMutant kFollowsLinks({
    "follows_links",
    "Follows a symbolic link at the path.",
    {{"Paths.SymbolicLinkIsAnError"}, {"Paths.DanglingLinkCreatesNothing"}},
    Serve<FollowsLinks>(),
});

}  // namespace
}  // namespace conformance
