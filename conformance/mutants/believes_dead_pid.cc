#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class BelievesDeadPid : public PlainLock {
  std::string LoggedPid(int fd) override {
    char content[32];
    const ssize_t n = ::pread(fd, content, sizeof(content), 0);
    pid_t pid = 0;
    if (n <= 0 ||
        !absl::SimpleAtoi(absl::string_view(content, static_cast<size_t>(n)),
                          &pid)) {
      return "UNKNOWN";
    }
    return absl::StrCat(pid);
  }
};

const RegisteredMutant kBelievesDeadPid({
    "believes_dead_pid",
    "Does not ask whether the recorded process is alive.",
    {{"OwnerRecord.DeadPidIsNotBelieved"}},
    Serve<BelievesDeadPid>(),
});

}  // namespace
}  // namespace conformance
