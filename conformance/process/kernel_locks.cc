// Reading /proc/PID/fdinfo.

#include "conformance/process/kernel_locks.h"

#include <sys/types.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/process/proc.h"
#include "conformance/process/proc_text.h"
#include "conformance/process/read_proc.h"

namespace conformance {
namespace {

void AddLocksOf(pid_t pid, std::vector<KernelLock>& locks) {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::string folder = absl::StrCat("/proc/", pid, "/fdinfo");
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    for (const std::string& kind :
         LocksOfFdinfo(ReadProc(it->path().string()))) {
      std::error_code gone;
      const fs::path file = fs::read_symlink(
          absl::StrCat("/proc/", pid, "/fd/", it->path().filename().string()),
          gone);
      if (!gone) locks.push_back({kind, file.string(), pid});
    }
  }
}

}  // namespace

std::vector<KernelLock> KernelLocksOf(const std::vector<pid_t>& processes) {
  std::vector<KernelLock> locks;
  for (const pid_t pid : AllProcesses()) {
    const bool among = std::any_of(
        processes.begin(), processes.end(),
        [&](pid_t ancestor) { return DescendsFrom(pid, ancestor); });
    if (among) AddLocksOf(pid, locks);
  }
  return locks;
}

}  // namespace conformance
