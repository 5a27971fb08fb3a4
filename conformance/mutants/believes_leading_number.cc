#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BelievesLeadingNumber : public PlainLock {
  std::string LoggedPid(int fd) override {
    char content[32] = {};
    if (::pread(fd, content, sizeof(content) - 1, 0) <= 0) return "UNKNOWN";
    const long pid =
        ::strtol(content, nullptr, 10);  // NOLINT(google-runtime-int)
    return pid > 0 ? absl::StrCat(pid) : "UNKNOWN";
  }
};

const RegisteredMutant kBelievesLeadingNumber({
    "believes_leading_number",
    "Logs the number that the file begins with, whatever follows it.",
    {{"RefusalLog.NewlineInContentForgesNothing"}},
    Serve<BelievesLeadingNumber>(),
});

}  // namespace
}  // namespace conformance
