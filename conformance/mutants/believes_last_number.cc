#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BelievesLastNumber : public PlainLock {
  std::string LoggedPid(int fd) override {
    char content[4096];
    const ssize_t n = ::pread(fd, content, sizeof(content), 0);
    std::string number;
    for (ssize_t i = n - 1; i >= 0; --i) {
      if (absl::ascii_isdigit(static_cast<unsigned char>(content[i]))) {
        number += content[i];
      } else if (!number.empty()) {
        break;
      }
    }
    std::reverse(number.begin(), number.end());
    return number.empty() ? "UNKNOWN" : number;
  }
};

const RegisteredMutant kBelievesLastNumber({
    "believes_last_number",
    "Logs the last number in the file.",
    {{"OwnerRecord.TextBehindRecordMisleadsNobody"}},
    Serve<BelievesLastNumber>(),
});

}  // namespace
}  // namespace conformance
