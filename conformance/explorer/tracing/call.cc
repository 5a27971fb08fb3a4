// The table of calls, and how they are shown to people.

#include "conformance/explorer/tracing/call.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// The number that a kernel newer than these headers has for a call. Since 5.1
// the numbers of new calls are the same on all processors.
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

using O = Operation;
using S = Shape;
constexpr StopWhen kAlways = StopWhen::kAlways;

constexpr CallType kCallTypes[] = {
    // The commonest first: the filter compares one after the other.
    {"openat", SYS_openat, O::kOpen, S::kAtPath, kAlways},
    {"close", SYS_close, O::kClose, S::kFd, kAlways},
    {"write", SYS_write, O::kWrite, S::kFd, kAlways},
    {"flock", SYS_flock, O::kFlock, S::kFd, kAlways},
    {"fcntl", SYS_fcntl, O::kFcntl, S::kFd, kAlways},
    {"read", SYS_read, O::kRead, S::kFd, StopWhen::kFirstIsNotZero},
    {"newfstatat", SYS_newfstatat, O::kStat, S::kAtPath, kAlways},
    {"fstat", SYS_fstat, O::kStat, S::kFd, kAlways},
    {"statx", SYS_statx, O::kStat, S::kAtPath, kAlways},
    {"unlinkat", SYS_unlinkat, O::kUnlink, S::kAtPath, kAlways},
    {"ftruncate", SYS_ftruncate, O::kTruncate, S::kFd, kAlways},
    {"pread64", SYS_pread64, O::kRead, S::kFd, kAlways},
    {"pwrite64", SYS_pwrite64, O::kWrite, S::kFd, kAlways},
#ifdef SYS_open
    {"open", SYS_open, O::kOpen, S::kPath, kAlways},
    {"creat", SYS_creat, O::kOpen, S::kPath, kAlways},
    {"stat", SYS_stat, O::kStat, S::kPath, kAlways},
    {"lstat", SYS_lstat, O::kStat, S::kPath, kAlways},
    {"access", SYS_access, O::kAccess, S::kPath, kAlways},
    {"unlink", SYS_unlink, O::kUnlink, S::kPath, kAlways},
    {"rmdir", SYS_rmdir, O::kRemoveDir, S::kPath, kAlways},
    {"rename", SYS_rename, O::kRename, S::kPathPath, kAlways},
    {"link", SYS_link, O::kLink, S::kPathPath, kAlways},
    {"symlink", SYS_symlink, O::kSymlink, S::kTextPath, kAlways},
    {"mkdir", SYS_mkdir, O::kMakeDir, S::kPath, kAlways},
    {"readlink", SYS_readlink, O::kReadLink, S::kPath, kAlways},
    {"chmod", SYS_chmod, O::kChangeMode, S::kPath, kAlways},
    {"chown", SYS_chown, O::kChangeMode, S::kPath, kAlways},
    {"utimes", SYS_utimes, O::kChangeTime, S::kPath, kAlways},
    {"dup2", SYS_dup2, O::kDup, S::kFd, kAlways},
    {"poll", SYS_poll, O::kSleep, S::kNothing, StopWhen::kSecondIsZero},
    {"select", SYS_select, O::kSleep, S::kNothing, StopWhen::kFirstIsZero},
#endif
#ifdef SYS_renameat
    {"renameat", SYS_renameat, O::kRename, S::kAtPathAtPath, kAlways},
#endif
    {"renameat2", SYS_renameat2, O::kRename, S::kAtPathAtPath, kAlways},
    {"linkat", SYS_linkat, O::kLink, S::kAtPathAtPath, kAlways},
    {"symlinkat", SYS_symlinkat, O::kSymlink, S::kTextAtPath, kAlways},
    {"mkdirat", SYS_mkdirat, O::kMakeDir, S::kAtPath, kAlways},
    {"readlinkat", SYS_readlinkat, O::kReadLink, S::kAtPath, kAlways},
    {"faccessat", SYS_faccessat, O::kAccess, S::kAtPath, kAlways},
    {"faccessat2", SYS_faccessat2, O::kAccess, S::kAtPath, kAlways},
    {"openat2", SYS_openat2, O::kOpen, S::kAtPath, kAlways},
    {"close_range", SYS_close_range, O::kCloseRange, S::kNothing, kAlways},
    {"readv", SYS_readv, O::kRead, S::kFd, StopWhen::kFirstIsNotZero},
    {"writev", SYS_writev, O::kWrite, S::kFd, kAlways},
    {"preadv", SYS_preadv, O::kRead, S::kFd, kAlways},
    {"pwritev", SYS_pwritev, O::kWrite, S::kFd, kAlways},
    {"preadv2", SYS_preadv2, O::kRead, S::kFd, kAlways},
    {"pwritev2", SYS_pwritev2, O::kWrite, S::kFd, kAlways},
    {"sendfile", SYS_sendfile, O::kWrite, S::kSendfile, kAlways},
    {"truncate", SYS_truncate, O::kTruncate, S::kPath, kAlways},
    {"fallocate", SYS_fallocate, O::kReserve, S::kFd, kAlways},
    {"fchmod", SYS_fchmod, O::kChangeMode, S::kFd, kAlways},
    {"fchmodat", SYS_fchmodat, O::kChangeMode, S::kAtPath, kAlways},
    {"fchmodat2", SYS_fchmodat2, O::kChangeMode, S::kAtPath, kAlways},
    {"fchown", SYS_fchown, O::kChangeMode, S::kFd, kAlways},
    {"fchownat", SYS_fchownat, O::kChangeMode, S::kAtPath, kAlways},
    {"utimensat", SYS_utimensat, O::kChangeTime, S::kAtPath, kAlways},
    {"getdents64", SYS_getdents64, O::kList, S::kFd, kAlways},
    {"fsync", SYS_fsync, O::kSync, S::kFd, kAlways},
    {"fdatasync", SYS_fdatasync, O::kSync, S::kFd, kAlways},
    {"dup", SYS_dup, O::kDup, S::kFd, kAlways},
    {"dup3", SYS_dup3, O::kDup, S::kFd, kAlways},
    {"kill", SYS_kill, O::kKill, S::kNothing, kAlways},
    {"nanosleep", SYS_nanosleep, O::kSleep, S::kNothing, kAlways},
    {"clock_nanosleep", SYS_clock_nanosleep, O::kSleep, S::kNothing, kAlways},
    {"ppoll", SYS_ppoll, O::kSleep, S::kNothing, StopWhen::kSecondIsZero},
    {"pselect6", SYS_pselect6, O::kSleep, S::kNothing, StopWhen::kFirstIsZero},
    {"chdir", SYS_chdir, O::kChangeDir, S::kNothing, kAlways},
    {"fchdir", SYS_fchdir, O::kChangeDir, S::kNothing, kAlways},
    {"execve", SYS_execve, O::kExec, S::kNothing, kAlways},
    {"execveat", SYS_execveat, O::kExec, S::kNothing, kAlways},
    {"exit_group", SYS_exit_group, O::kExit, S::kNothing, kAlways},
    {"exit", SYS_exit, O::kExit, S::kNothing, kAlways},
    // Calls through the rings would be invisible. Every program has another
    // way, since many systems forbid this one.
    {"io_uring_setup", SYS_io_uring_setup, O::kNone, S::kNothing,
     StopWhen::kNever},
};

using Names = std::vector<std::pair<uint64_t, absl::string_view>>;

// "O_RDWR|O_CREAT", and what has no name in hexadecimal.
std::string FormatFlags(uint64_t flags, const Names& names) {
  std::vector<std::string> parts;
  for (const auto& [bits, name] : names) {
    if ((flags & bits) != bits) continue;
    parts.emplace_back(name);
    flags &= ~bits;
  }
  if (flags != 0) parts.push_back(absl::StrFormat("%#x", flags));
  return absl::StrJoin(parts, "|");
}

std::string FormatOpenFlags(uint64_t flags) {
  static const auto* const names = new Names{
      {O_TMPFILE, "O_TMPFILE"},   {O_SYNC, "O_SYNC"},
      {O_CREAT, "O_CREAT"},       {O_EXCL, "O_EXCL"},
      {O_TRUNC, "O_TRUNC"},       {O_APPEND, "O_APPEND"},
      {O_NOFOLLOW, "O_NOFOLLOW"}, {O_DIRECTORY, "O_DIRECTORY"},
      {O_NONBLOCK, "O_NONBLOCK"}, {O_CLOEXEC, "O_CLOEXEC"},
      {O_NOCTTY, "O_NOCTTY"},     {O_PATH, "O_PATH"},
  };
  constexpr std::array<absl::string_view, 4> kModes = {"O_RDONLY", "O_WRONLY",
                                                       "O_RDWR", "O_ACCMODE"};
  std::string text(kModes[flags & O_ACCMODE]);
  // The flag that glibc adds for programs of 64 bits says nothing.
  const uint64_t rest = flags & ~static_cast<uint64_t>(O_ACCMODE | 0100000);
  if (rest != 0) absl::StrAppend(&text, "|", FormatFlags(rest, *names));
  return text;
}

std::string FormatFlock(int operation) {
  static const auto* const names = new Names{{LOCK_SH, "LOCK_SH"},
                                             {LOCK_EX, "LOCK_EX"},
                                             {LOCK_UN, "LOCK_UN"},
                                             {LOCK_NB, "LOCK_NB"}};
  return FormatFlags(static_cast<uint64_t>(operation), *names);
}

std::string FormatFcntl(const Call& call) {
  static const auto* const names =
      new std::vector<std::pair<int, absl::string_view>>{
          {F_DUPFD, "F_DUPFD"},         {F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"},
          {F_GETFD, "F_GETFD"},         {F_SETFD, "F_SETFD"},
          {F_GETFL, "F_GETFL"},         {F_SETFL, "F_SETFL"},
          {F_GETLK, "F_GETLK"},         {F_SETLK, "F_SETLK"},
          {F_SETLKW, "F_SETLKW"},       {F_OFD_GETLK, "F_OFD_GETLK"},
          {F_OFD_SETLK, "F_OFD_SETLK"}, {F_OFD_SETLKW, "F_OFD_SETLKW"},
          {F_GETLEASE, "F_GETLEASE"},   {F_SETLEASE, "F_SETLEASE"},
      };
  std::string command = absl::StrCat(call.command);
  for (const auto& [number, name] : *names) {
    if (number == call.command) command = std::string(name);
  }
  if (!absl::StrContains(command, "LK")) {
    return absl::StrCat(call.fd, ", ", command, ", ", call.args[2]);
  }
  absl::string_view type = "F_UNLCK";
  if (call.lock_type == F_RDLCK) type = "F_RDLCK";
  if (call.lock_type == F_WRLCK) type = "F_WRLCK";
  const absl::string_view whence = call.lock_whence == SEEK_CUR   ? "SEEK_CUR, "
                                   : call.lock_whence == SEEK_END ? "SEEK_END, "
                                                                  : "";
  return absl::StrCat(call.fd, ", ", command, ", {", type, ", ", whence,
                      call.lock_start, ", ", call.lock_length, "}");
}

std::string FormatArguments(const Call& call) {
  std::string path = Printable(call.path);
  switch (call.operation()) {
    case Operation::kOpen:
      return absl::StrCat(path, ", ", FormatOpenFlags(call.flags));
    case Operation::kFlock:
      return absl::StrCat(call.fd, ", ", FormatFlock(call.command));
    case Operation::kFcntl:
      return FormatFcntl(call);
    case Operation::kRename:
    case Operation::kLink:
    case Operation::kSymlink:
      return absl::StrCat(path, ", ", Printable(call.path2));
    case Operation::kTruncate:
      return absl::StrCat(call.fd >= 0 ? absl::StrCat(call.fd) : path, ", ",
                          call.args[1]);
    case Operation::kRead:
    case Operation::kWrite:
      if (call.type->shape == Shape::kSendfile) {
        return absl::StrCat(call.args[0], ", ", call.args[1]);
      }
      return absl::StrCat(call.fd, ", ", call.args[2],
                          absl::EndsWith(call.type->name, "v") ||
                                  absl::EndsWith(call.type->name, "v2")
                              ? " pieces"
                              : " bytes");
    case Operation::kDup:
      return call.type->name == "dup"
                 ? absl::StrCat(call.fd)
                 : absl::StrCat(static_cast<int>(call.args[0]), ", ", call.fd2);
    case Operation::kCloseRange:
      return absl::StrCat(call.args[0], ", ", call.args[1]);
    case Operation::kKill:
      return absl::StrCat(call.actor.has_value()
                              ? call.actor->ToString()
                              : absl::StrCat(static_cast<int>(call.args[0])),
                          ", ", call.command);
    case Operation::kSleep:
    case Operation::kExec:
    case Operation::kExit:
    case Operation::kChangeDir:
    case Operation::kNone:
      return "";
    default:
      if (!call.path.empty()) return path;
      return call.fd >= 0 ? absl::StrCat(call.fd) : "";
  }
}

}  // namespace

absl::Span<const CallType> CallTypes() { return kCallTypes; }

const CallType* FindCallType(uint64_t number) {
  // Small numbers, so a table of pointers.
  static const auto* const table = [] {
    auto* const by_number = new std::vector<const CallType*>();
    for (const CallType& type : kCallTypes) {
      const auto index = static_cast<size_t>(type.number);
      if (by_number->size() <= index) by_number->resize(index + 1);
      (*by_number)[index] = &type;
    }
    return by_number;
  }();
  return number < table->size() ? (*table)[number] : nullptr;
}

bool Call::FollowsLinks() const {
  switch (operation()) {
    case Operation::kOpen:
      return (flags & O_NOFOLLOW) == 0 &&
             (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
    case Operation::kStat:
    case Operation::kChangeMode:
      if (absl::StartsWith(type->name, "l")) return false;
      if (type->name == "newfstatat") {
        return (args[3] & AT_SYMLINK_NOFOLLOW) == 0;
      }
      if (type->name == "statx") return (args[2] & AT_SYMLINK_NOFOLLOW) == 0;
      return true;
    case Operation::kAccess:
    case Operation::kTruncate:
    case Operation::kChangeTime:
      return true;
    default:
      return false;
  }
}

std::string FormatCall(const Call& call) {
  return absl::StrCat(call.type->name, "(", FormatArguments(call), ")");
}

std::string ErrnoName(int error) {
  static const auto* const names =
      new std::vector<std::pair<int, absl::string_view>>{
          {EPERM, "EPERM"},
          {ENOENT, "ENOENT"},
          {ESRCH, "ESRCH"},
          {EINTR, "EINTR"},
          {EIO, "EIO"},
          {EBADF, "EBADF"},
          {EAGAIN, "EAGAIN"},
          {ENOMEM, "ENOMEM"},
          {EACCES, "EACCES"},
          {EBUSY, "EBUSY"},
          {EEXIST, "EEXIST"},
          {EXDEV, "EXDEV"},
          {ENOTDIR, "ENOTDIR"},
          {EISDIR, "EISDIR"},
          {EINVAL, "EINVAL"},
          {ENFILE, "ENFILE"},
          {EMFILE, "EMFILE"},
          {EFBIG, "EFBIG"},
          {ENOSPC, "ENOSPC"},
          {EROFS, "EROFS"},
          {EMLINK, "EMLINK"},
          {EDEADLK, "EDEADLK"},
          {ENAMETOOLONG, "ENAMETOOLONG"},
          {ENOLCK, "ENOLCK"},
          {ENOSYS, "ENOSYS"},
          {ENOTEMPTY, "ENOTEMPTY"},
          {ELOOP, "ELOOP"},
          {EOPNOTSUPP, "EOPNOTSUPP"},
          {EDQUOT, "EDQUOT"},
          {ENXIO, "ENXIO"},
          {ECHILD, "ECHILD"},
          {EFAULT, "EFAULT"},
      };
  for (const auto& [number, name] : *names) {
    if (number == error) return std::string(name);
  }
  return absl::StrCat("errno ", error);
}

bool IsLockCommand(int command) {
  return command == F_GETLK || command == F_SETLK || command == F_SETLKW ||
         command == F_OFD_GETLK || command == F_OFD_SETLK ||
         command == F_OFD_SETLKW;
}

std::string FormatResult(int64_t result) {
  // -512 to -516 are the kernel's own: interrupted, and to be made again.
  if (result <= -512 && result >= -516) return "interrupted, starts again";
  if (result < 0 && result >= -4095) {
    return absl::StrCat("-1 ", ErrnoName(static_cast<int>(-result)));
  }
  return absl::StrCat(result);
}

std::string NameIn(absl::string_view directory, absl::string_view path) {
  // The common case: a plain name.
  if (path.size() > directory.size() + 1 && absl::StartsWith(path, directory) &&
      path[directory.size()] == '/') {
    const absl::string_view rest = path.substr(directory.size() + 1);
    if (!absl::StrContains(rest, '/') && rest != "." && rest != "..") {
      return std::string(rest);
    }
  }
  std::vector<absl::string_view> parts;
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  const std::string whole = absl::StrCat("/", absl::StrJoin(parts, "/"));
  if (whole == directory) return ".";
  if (whole.size() > directory.size() + 1 &&
      absl::StartsWith(whole, directory) && whole[directory.size()] == '/') {
    return whole.substr(directory.size() + 1);
  }
  return "";
}

}  // namespace conformance::explorer
