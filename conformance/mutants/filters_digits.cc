#include <unistd.h>

#include <string>

#include "absl/strings/ascii.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FiltersDigits : public PlainLock {
  std::string LoggedPid(int fd) override {
    char content[4096];
    const ssize_t n = ::pread(fd, content, sizeof(content), 0);
    std::string digits;
    for (ssize_t i = 0; i < n; ++i) {
      if (absl::ascii_isdigit(static_cast<unsigned char>(content[i]))) {
        digits += content[i];
      }
    }
    return digits.empty() ? "UNKNOWN" : digits;
  }
};

const RegisteredMutant kFiltersDigits({
    "filters_digits",
    "Logs the digits among the first bytes of the file as the pid, and does "
    "not ask whether there is such a process.",
    {{"RefusalLog.BinaryIsUnknown"}, {"RefusalLog.HugeContentIsUnknown"}},
    Serve<FiltersDigits>(),
});

}  // namespace
}  // namespace conformance
