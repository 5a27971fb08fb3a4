#include <fcntl.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FollowsLinksTruncating : public PlainLock {
  int Open(const std::string& path) override {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  bool StillThere(int /*fd*/, const std::string& /*path*/) override {
    return true;
  }
};

// CVE-2025-68146, CVE-2026-22701.
const RegisteredMutant kFollowsLinksTruncating({
    "follows_links_truncating",
    "Follows a symbolic link at the path, and empties its target.",
    {{"Paths.SymbolicLinkTargetUntouched"}},
    Serve<FollowsLinksTruncating>(),
});

}  // namespace
}  // namespace conformance
