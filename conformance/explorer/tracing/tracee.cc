// Memory by process_vm_readv(2), the rest by proc(5).

#include "conformance/explorer/tracing/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/process/proc_text.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// Small files of /proc.
std::string ReadFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::array<char, 4096> text;
  ssize_t n = 0;
  do {
    n = ::read(fd, text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  ::close(fd);
  return n > 0 ? std::string(text.data(), static_cast<size_t>(n)) : "";
}

// NOLINTNEXTLINE(readability-non-const-parameter): written through an iovec
size_t ReadInto(pid_t tid, uint64_t address, char* buffer, size_t size) {
  const iovec local = {buffer, size};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process
  const iovec remote = {reinterpret_cast<void*>(address), size};
  const ssize_t n = ::process_vm_readv(tid, &local, 1, &remote, 1, 0);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

template <typename T>
bool ReadValue(pid_t tid, uint64_t address, T& value) {
  return ReadInto(tid, address, reinterpret_cast<char*>(&value), sizeof(T)) ==
         sizeof(T);
}

// Memory that can't be written to stays as it is (process_vm_writev(2)).
template <typename T>
void WriteValue(pid_t tid, uint64_t address, T value) {
  const iovec local = {&value, sizeof(T)};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process
  const iovec remote = {reinterpret_cast<void*>(address), sizeof(T)};
  ::process_vm_writev(tid, &local, 1, &remote, 1, 0);
}

}  // namespace

std::string ReadMemory(pid_t tid, uint64_t address, size_t size) {
  size = std::min(size, kMaxLineBytes);
  std::string bytes(size, '\0');
  bytes.resize(ReadInto(tid, address, bytes.data(), size));
  return bytes;
}

std::string ReadString(pid_t tid, uint64_t address) {
  if (address == 0) return "";
  std::string text;
  // Memory is there or not by the page, and a string may end just before one
  // that isn't.
  constexpr size_t kPage = 4096;
  std::array<char, 256> chunk;
  while (text.size() < PATH_MAX) {
    const size_t size = std::min<size_t>(chunk.size(), kPage - address % kPage);
    const size_t n = ReadInto(tid, address, chunk.data(), size);
    const size_t length = ::strnlen(chunk.data(), n);
    text.append(chunk.data(), length);
    if (length < n || n < size) return text;
    address += n;
  }
  return text;
}

std::string ReadVector(pid_t tid, uint64_t address, size_t pieces) {
  std::string bytes;
  if (pieces > IOV_MAX) return "";
  for (size_t i = 0; i < pieces; ++i) {
    const std::string one =
        ReadMemory(tid, address + i * sizeof(iovec), sizeof(iovec));
    if (one.size() != sizeof(iovec)) return "";
    iovec piece = {};
    ::memcpy(&piece, one.data(), sizeof(piece));
    if (bytes.size() + piece.iov_len > kMaxLineBytes) return "";
    const std::string part = ReadMemory(
        tid, reinterpret_cast<uint64_t>(piece.iov_base), piece.iov_len);
    if (part.size() != piece.iov_len) return "";
    bytes += part;
  }
  return bytes;
}

void CloseFd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::string ReadAvailable(int fd) {
  std::string text;
  std::array<char, 4096> chunk;
  // As much as a pipe holds: one that writes on and on would be read on and on.
  while (text.size() < size_t{64} << 10) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(chunk.data(), static_cast<size_t>(n));
  }
  return text;
}

std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<size_t>(n)) : "";
}

pid_t ThreadGroupOf(pid_t tid) {
  const std::string group =
      FieldOfStatus(ReadFile(absl::StrCat("/proc/", tid, "/status")), "Tgid");
  int number = 0;
  return absl::SimpleAtoi(group, &number) ? number : 0;
}

namespace {

std::string TaskFile(pid_t process, pid_t tid, absl::string_view name) {
  return ReadFile(absl::StrCat("/proc/", process, "/task/", tid, "/", name));
}

// The letter of proc(5), /proc/pid/stat; X, dead, when it is no more.
char TaskState(pid_t process, pid_t tid) {
  const std::vector<std::string> fields =
      FieldsOfStat(TaskFile(process, tid, "stat"));
  return fields.empty() ? 'X' : fields[0][0];
}

// Of /proc/pid/schedstat; nullopt where it isn't one.
std::optional<TimeOnProcessor> ParseTimes(const std::string& schedstat) {
  const std::optional<std::pair<int64_t, int64_t>> times =
      TimesOfSchedstat(schedstat);
  if (!times.has_value()) return std::nullopt;
  return TimeOnProcessor{absl::Nanoseconds(times->first),
                         absl::Nanoseconds(times->second)};
}

}  // namespace

std::string StartTimeOf(pid_t process) {
  constexpr size_t kStart = 19;  // behind the name, from 0
  const std::vector<std::string> fields =
      FieldsOfStat(ReadFile(absl::StrCat("/proc/", process, "/stat")));
  return fields.size() > kStart ? fields[kStart] : "";
}

bool TaskIsStopped(pid_t process, pid_t tid) {
  return TaskState(process, tid) == 't';
}

bool TaskIsAsleep(pid_t process, pid_t tid) {
  const char state = TaskState(process, tid);
  return state == 'S' || state == 'Z' || state == 'X';
}

namespace {

struct LimitedCall {
  int64_t number;
  WaitLimit limit;
};

constexpr LimitedCall kLimitedCalls[] = {
#ifdef SYS_poll
    {SYS_poll, {2, false}},
#endif
#ifdef SYS_select
    {SYS_select, {4, true}},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, {3, false}},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, {3, true}},
#endif
    {SYS_nanosleep, {0, true}},       {SYS_clock_nanosleep, {2, true}},
    {SYS_ppoll, {2, true}},           {SYS_pselect6, {4, true}},
    {SYS_epoll_pwait, {3, false}},    {SYS_futex, {3, true}},
    {SYS_rt_sigtimedwait, {2, true}}, {SYS_semtimedop, {3, true}},
    {SYS_mq_timedreceive, {4, true}}, {SYS_mq_timedsend, {4, true}},
    {SYS_io_getevents, {4, true}},    {SYS_recvmmsg, {4, true}},
};

}  // namespace

std::optional<WaitLimit> LimitOf(int64_t number) {
  for (const LimitedCall& call : kLimitedCalls) {
    if (call.number == number) return call.limit;
  }
  return std::nullopt;
}

bool SleepsForATime(pid_t process, pid_t tid) {
  const std::optional<CallOfThread> call =
      CallOfSyscall(TaskFile(process, tid, "syscall"));
  if (!call.has_value()) return true;
  if (call->number == SYS_restart_syscall) return true;  // of any of them
  const std::optional<WaitLimit> limit = LimitOf(call->number);
  if (!limit.has_value()) return false;
  const uint64_t value = call->arguments[limit->argument];
  return limit->is_pointer ? value != 0 : static_cast<int32_t>(value) >= 0;
}

std::optional<absl::Duration> RunnableTaskRan(pid_t process, pid_t tid) {
  const char state = TaskState(process, tid);
  if (state != 'R' && state != 'D') return std::nullopt;
  const std::optional<TimeOnProcessor> times =
      ParseTimes(TaskFile(process, tid, "schedstat"));
  if (!times.has_value()) return std::nullopt;
  return times->running;
}

namespace {

// A descriptor of ours for what the process has open (pidfd_getfd(2)); -1 where
// there is none to be had.
int TakeDescriptor(pid_t process, int descriptor) {
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (pidfd < 0) return -1;
  const auto fd =
      static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, descriptor, 0));
  ::close(pidfd);
  return fd;
}

}  // namespace

void SetTimesBack(pid_t tid, const Call& call, bool unchanged) {
  constexpr int64_t kYear = int64_t{365} * 24 * 3600;
  const auto is_old = [&](int64_t modified, int64_t changed) {
    return unchanged && changed - modified > kYear / 2;
  };
  if (call.type->number == SYS_statx) {
    struct statx status = {};
    if (!ReadValue(tid, call.args[4], status)) return;
    if (is_old(status.stx_mtime.tv_sec, status.stx_ctime.tv_sec)) {
      status.stx_ctime = status.stx_mtime;
    }
    if ((status.stx_mask & STATX_BTIME) != 0) status.stx_btime.tv_sec -= kYear;
    WriteValue(tid, call.args[4], status);
    return;
  }
  const uint64_t address =
      call.args[call.type->shape == Shape::kAtPath ? 2 : 1];
  struct stat status = {};
  if (!ReadValue(tid, address, status)) return;
  if (!is_old(status.st_mtim.tv_sec, status.st_ctim.tv_sec)) return;
  status.st_ctim = status.st_mtim;
  WriteValue(tid, address, status);
}

bool LockIsTaken(pid_t process, const Call& call) {
  const std::string path = absl::StrCat("/proc/", process, "/fd/", call.fd);
  // A lock of an open file description is in its own way unless it is asked for
  // through the same one.
  int fd = call.command == F_OFD_SETLKW ? TakeDescriptor(process, call.fd) : -1;
  if (fd < 0) fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  // Then it is let go on, and should it wait after all, it isn't seen to.
  if (fd < 0) return false;
  bool taken = false;
  if (call.operation() == Operation::kFlock) {
    taken = ::flock(fd, call.command | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  } else {
    struct flock lock = {};
    lock.l_type = static_cast<decltype(lock.l_type)>(call.lock_type);
    lock.l_whence = static_cast<decltype(lock.l_whence)>(call.lock_whence);
    lock.l_start = call.lock_start;
    lock.l_len = call.lock_length;
    taken = ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
            !(call.command == F_SETLKW && lock.l_pid == process);
  }
  ::close(fd);
  return taken;
}

TimeOnProcessor TimeSpent() {
  return ParseTimes(ReadFile("/proc/thread-self/schedstat"))
      .value_or(TimeOnProcessor());
}

}  // namespace conformance::explorer
