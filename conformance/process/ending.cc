// Wait statuses, taken apart and put into words.

#include "conformance/process/ending.h"

#include <string.h>
#include <sys/wait.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace conformance {

Ending Ending::FromWaitStatus(int status) {
  if (WIFEXITED(status)) return {Kind::kExited, WEXITSTATUS(status)};
  if (WIFSIGNALED(status)) return {Kind::kKilled, WTERMSIG(status)};
  return {Kind::kLives, 0};
}

std::string Ending::ToString() const {
  switch (kind) {
    case Kind::kExited:
      return absl::StrCat("exited with status ", code);
    case Kind::kKilled:
      return absl::StrCat("was killed by signal ", code, " (",
                          ::strsignal(code), ")");
    case Kind::kLives:
      return "still lives";
  }
  return "";
}

}  // namespace conformance
