// Kills, one generation after the other.

#include "conformance/process/children.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"

namespace conformance {

bool KillChildren(const std::vector<pid_t>& spared) {
  const absl::Duration deadline = MonotonicNow() + absl::Seconds(20);
  for (;;) {
    bool any = false;
    for (const pid_t child : ChildrenOf(::getpid())) {
      if (std::find(spared.begin(), spared.end(), child) != spared.end()) {
        continue;
      }
      any = true;
      ::kill(child, SIGKILL);
      AwaitEnd(child, deadline);
      ::waitpid(child, nullptr, WNOHANG);
    }
    if (!any) return true;
    if (MonotonicNow() > deadline) return false;
  }
}

}  // namespace conformance
