#include <unistd.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BelievesContent : public PlainLock {
  std::string LoggedPid(int fd) override {
    char content[20];
    const ssize_t n = ::pread(fd, content, sizeof(content), 0);
    if (n <= 0) return "UNKNOWN";
    return std::string(absl::StripAsciiWhitespace(
        absl::string_view(content, static_cast<size_t>(n))));
  }
};

// As in zc.lockfile.
const RegisteredMutant kBelievesContent({
    "believes_content",
    "Logs the first bytes of the file as the pid, whatever they are.",
    {{"RefusalLog.GarbageIsUnknown"}},
    Serve<BelievesContent>(),
});

}  // namespace
}  // namespace conformance
