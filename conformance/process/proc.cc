// Reading /proc.

#include "conformance/process/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc_text.h"
#include "conformance/process/read_proc.h"

namespace conformance {
namespace {

constexpr absl::Duration kLongestPoll = absl::Seconds(1000);

std::vector<std::string> StatFields(absl::string_view directory) {
  return FieldsOfStat(ReadProc(absl::StrCat(directory, "/stat")));
}

std::vector<pid_t> NumericEntries(const std::string& directory) {
  std::vector<pid_t> numbers;
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return numbers;
  while (const dirent* entry = ::readdir(dir)) {
    pid_t number = 0;
    if (absl::SimpleAtoi(entry->d_name, &number)) numbers.push_back(number);
  }
  ::closedir(dir);
  return numbers;
}

// Looks again and again, giving way to others, until `done` or the deadline:
// /proc offers no event to wait for.
bool AwaitCondition(const std::function<bool()>& done,
                    absl::Duration deadline) {
  for (;;) {
    if (done()) return true;
    if (MonotonicNow() >= deadline) return false;
    ::poll(nullptr, 0, 1);
  }
}

}  // namespace

int OpenPidfd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

bool AwaitEnd(pid_t pid, absl::Duration deadline) {
  const int fd = OpenPidfd(pid);
  if (fd < 0) return errno == ESRCH;
  for (;;) {
    // Longer ones have no place in an int.
    const absl::Duration left = std::clamp(deadline - MonotonicNow(),
                                           absl::ZeroDuration(), kLongestPoll);
    pollfd poll_fd = {fd, POLLIN, 0};
    const int ready = ::poll(
        &poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && left == kLongestPoll) continue;
    ::close(fd);
    return ready > 0;
  }
}

char ProcessState(pid_t pid) {
  const std::vector<std::string> stat = StatFields(absl::StrCat("/proc/", pid));
  return stat.empty() ? '\0' : stat[0][0];
}

bool AwaitState(pid_t pid, const char* states, absl::Duration deadline) {
  return AwaitCondition(
      [&] {
        const char state = ProcessState(pid);
        return state != '\0' && std::strchr(states, state) != nullptr;
      },
      deadline);
}

pid_t ParentOf(pid_t pid) {
  const std::vector<std::string> stat = StatFields(absl::StrCat("/proc/", pid));
  pid_t parent = 0;
  if (stat.size() > 1 && absl::SimpleAtoi(stat[1], &parent)) return parent;
  return 0;
}

pid_t GroupOf(pid_t pid) {
  const std::vector<std::string> stat = StatFields(absl::StrCat("/proc/", pid));
  pid_t group = 0;
  if (stat.size() > 2 && absl::SimpleAtoi(stat[2], &group)) return group;
  return 0;
}

std::vector<pid_t> AllProcesses() { return NumericEntries("/proc"); }

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t other : AllProcesses()) {
    if (ParentOf(other) == pid) children.push_back(other);
  }
  return children;
}

std::vector<pid_t> DescendantsOf(pid_t pid) {
  std::vector<pid_t> descendants = ChildrenOf(pid);
  for (size_t i = 0; i < descendants.size(); ++i) {
    for (const pid_t child : ChildrenOf(descendants[i])) {
      descendants.push_back(child);
    }
  }
  return descendants;
}

bool DescendsFrom(pid_t pid, pid_t ancestor) {
  while (pid > 1 && pid != ancestor) pid = ParentOf(pid);
  return pid > 1;
}

std::string StatusField(pid_t pid, absl::string_view name) {
  return FieldOfStatus(ReadProc(absl::StrCat("/proc/", pid, "/status")), name);
}

std::string FolderOf(pid_t pid) {
  std::error_code error;
  return std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/cwd"),
                                       error)
      .string();
}

size_t CountThreads(pid_t pid) {
  return NumericEntries(absl::StrCat("/proc/", pid, "/task")).size();
}

size_t CountTimers(pid_t pid) {
  return CountTimersOf(ReadProc(absl::StrCat("/proc/", pid, "/timers")));
}

std::optional<size_t> CountDescriptors(pid_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid, "/fd");
  if (::access(directory.c_str(), R_OK | X_OK) != 0) return std::nullopt;
  return NumericEntries(directory).size();
}

std::optional<size_t> LowestFreeDescriptor(pid_t pid) {
  if (!CountDescriptors(pid).has_value()) return std::nullopt;
  std::vector<pid_t> open = NumericEntries(absl::StrCat("/proc/", pid, "/fd"));
  std::sort(open.begin(), open.end());
  size_t lowest = 0;
  while (lowest < open.size() && static_cast<size_t>(open[lowest]) == lowest) {
    ++lowest;
  }
  return lowest;
}

std::optional<int64_t> ResidentBytes(pid_t pid) {
  return BytesOfField(StatusField(pid, "VmRSS"));
}

std::optional<int64_t> MostResidentBytes(pid_t pid) {
  return BytesOfField(StatusField(pid, "VmHWM"));
}

absl::Duration ProcessorTime(pid_t pid) {
  const int64_t ticks =
      TicksOfStat(ReadProc(absl::StrCat("/proc/", pid, "/stat")));
  return absl::Seconds(1) * ticks / ::sysconf(_SC_CLK_TCK);
}

std::string DescribeThreadsOf(pid_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid, "/task");
  std::string text;
  for (const pid_t tid : NumericEntries(directory)) {
    const std::string of_thread = absl::StrCat(directory, "/", tid);
    ThreadFiles files;
    files.comm = ReadProc(absl::StrCat(of_thread, "/comm"));
    files.stat = ReadProc(absl::StrCat(of_thread, "/stat"));
    files.syscall = ReadProc(absl::StrCat(of_thread, "/syscall"));
    files.wchan = ReadProc(absl::StrCat(of_thread, "/wchan"));
    absl::StrAppend(&text, DescribeThread(tid, files));
  }
  return text;
}

}  // namespace conformance
