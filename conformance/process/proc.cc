// Reading /proc.

#include "conformance/process/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"

namespace conformance {
namespace {

constexpr absl::Duration kLongestPoll = absl::Seconds(1000);

// "" when there is no such process, or no more: reads of /proc fail with ESRCH
// when the process ends between open and read, and a stream would throw.
std::string ReadProc(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  char chunk[4096];
  for (;;) {
    const ssize_t n = ::read(fd, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(chunk, static_cast<size_t>(n));
  }
  ::close(fd);
  return text;
}

// The fields of /proc/PID/stat from the third (the state) on. The second, the
// program's name, is in parentheses and can hold anything.
std::vector<std::string> StatFields(absl::string_view directory) {
  const std::string stat = ReadProc(absl::StrCat(directory, "/stat"));
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(stat.substr(name_end + 1), ' ', absl::SkipEmpty());
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

// The calls that a lock file's user can be found in, by number.
std::string SystemCallName(int64_t number) {
  static constexpr std::array<std::pair<int64_t, absl::string_view>, 18>
      kNames = {{{SYS_flock, "flock"},
                 {SYS_fcntl, "fcntl"},
                 {SYS_read, "read"},
                 {SYS_write, "write"},
                 {SYS_openat, "openat"},
                 {SYS_close, "close"},
                 {SYS_nanosleep, "nanosleep"},
                 {SYS_clock_nanosleep, "clock_nanosleep"},
                 {SYS_futex, "futex"},
                 {SYS_ppoll, "ppoll"},
                 {SYS_pselect6, "pselect6"},
                 {SYS_epoll_pwait, "epoll_pwait"},
                 {SYS_wait4, "wait4"},
                 {SYS_waitid, "waitid"},
                 {SYS_fsync, "fsync"},
                 {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
                 {SYS_rt_sigsuspend, "rt_sigsuspend"},
#ifdef SYS_open
                 {SYS_open, "open"}}};
#else
                 {SYS_mkdirat, "mkdirat"}}};
#endif
  for (const auto& [known, name] : kNames) {
    if (known == number) return std::string(name);
  }
#ifdef SYS_poll
  if (number == SYS_poll) return "poll";
#endif
#ifdef SYS_pause
  if (number == SYS_pause) return "pause";
#endif
  return absl::StrCat("system call ", number);
}

std::string DescribeThread(const std::string& directory, pid_t tid) {
  const std::string name(
      absl::StripAsciiWhitespace(ReadProc(absl::StrCat(directory, "/comm"))));
  const std::vector<std::string> stat = StatFields(directory);
  if (stat.empty()) return "";
  const std::string call = ReadProc(absl::StrCat(directory, "/syscall"));
  const std::string channel = ReadProc(absl::StrCat(directory, "/wchan"));
  std::string text =
      absl::StrCat("thread ", tid, " (", name, ") state ", stat[0]);
  int64_t number = 0;
  const std::vector<std::string> words =
      absl::StrSplit(call, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (absl::StartsWith(call, "running")) {
    absl::StrAppend(&text, ", running");
  } else if (!words.empty() && absl::SimpleAtoi(words[0], &number)) {
    absl::StrAppend(&text, ", in ", SystemCallName(number), "(",
                    words.size() > 1 ? words[1] : "", ", ...)");
  }
  if (!channel.empty() && channel != "0") {
    absl::StrAppend(&text, ", wait channel ", channel);
  }
  return absl::StrCat(text, "\n");
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

// A line of /proc/PID/status that is in kB.
std::optional<int64_t> BytesField(pid_t pid, absl::string_view name) {
  std::string text = StatusField(pid, name);
  absl::string_view field = text;
  absl::ConsumeSuffix(&field, "kB");
  int64_t kib = 0;
  if (!absl::SimpleAtoi(field, &kib)) return std::nullopt;
  return kib << 10;
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
  const std::string status = ReadProc(absl::StrCat("/proc/", pid, "/status"));
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, ":")) {
      return std::string(absl::StripAsciiWhitespace(line));
    }
  }
  return "";
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
  const std::string timers = ReadProc(absl::StrCat("/proc/", pid, "/timers"));
  size_t count = 0;
  for (const absl::string_view line : absl::StrSplit(timers, '\n')) {
    count += absl::StartsWith(line, "ID:") ? 1 : 0;
  }
  return count;
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
  return BytesField(pid, "VmRSS");
}

std::optional<int64_t> MostResidentBytes(pid_t pid) {
  return BytesField(pid, "VmHWM");
}

absl::Duration ProcessorTime(pid_t pid) {
  // From the 14th field on; StatFields begins with the third.
  constexpr size_t kUserTime = 11;
  constexpr size_t kTimes = 4;
  const std::vector<std::string> stat = StatFields(absl::StrCat("/proc/", pid));
  int64_t ticks = 0;
  for (size_t i = kUserTime; i < std::min(kUserTime + kTimes, stat.size());
       ++i) {
    int64_t some = 0;
    if (absl::SimpleAtoi(stat[i], &some)) ticks += some;
  }
  return absl::Seconds(1) * ticks / ::sysconf(_SC_CLK_TCK);
}

bool IsReadingInput(absl::string_view threads) {
  return absl::StrContains(threads, "in read(0x0,");
}

std::string DescribeThreadsOf(pid_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid, "/task");
  std::string text;
  for (const pid_t tid : NumericEntries(directory)) {
    absl::StrAppend(&text,
                    DescribeThread(absl::StrCat(directory, "/", tid), tid));
  }
  return text;
}

}  // namespace conformance
