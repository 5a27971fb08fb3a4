#include <limits.h>

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

constexpr char kSuffix[] = ".lock";

class AddsSuffix : public PlainLock {
  Introduction Describe() const override {
    Introduction self = PlainLock::Describe();
    self.profile = "kernel-lock";
    self.at = "@.lock";
    return self;
  }
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    Attempt attempt = PlainLock::Acquire(path, wait);
    const size_t length = path.size() - (path.rfind('/') + 1);
    const bool no_room =
        length <= NAME_MAX && length + sizeof(kSuffix) - 1 > NAME_MAX;
    return attempt.kind == AnswerKind::kError && no_room ? Attempt::Busy()
                                                         : std::move(attempt);
  }
  int Open(const std::string& path) override {
    return PlainLock::Open(path + kSuffix);
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, path + kSuffix);
  }
};

const RegisteredMutant kAddsSuffix({
    "adds_suffix",
    "Locks a file beside the path, with a suffix of its own, and says that "
    "somebody else holds the lock where a name has no room for that.",
    {{"Paths.LongestNameWorks"}},
    Serve<AddsSuffix>(),
});

}  // namespace
}  // namespace conformance
