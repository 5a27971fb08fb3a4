// Kills, one generation after the other.

#include "conformance/process/children.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"

namespace conformance {
namespace {

// waitid(2) says it for certain, and costs next to nothing beside a scan of
// /proc.
bool HasChildren() {
  siginfo_t info;
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 ||
         errno != ECHILD;
}

}  // namespace

bool KillChildren(const std::vector<pid_t>& spared) {
  const absl::Duration deadline = MonotonicNow() + absl::Seconds(20);
  while (HasChildren()) {
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
  return true;
}

}  // namespace conformance
