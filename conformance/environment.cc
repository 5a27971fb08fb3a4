// Each need is tried, in a process of its own.

#include "conformance/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/process/scratch.h"
#include "conformance/process/worker_process.h"
#include "conformance/protocol.h"
#include "conformance/utf8.h"

namespace conformance {
namespace {

constexpr size_t kLongestBase = 1024;  // bytes; longer names are checks' own
constexpr int kDescriptors = 256;      // that contenders and checks may need
constexpr int kFiles = 32;             // that are made at once
constexpr uint64_t kSpareFiles = 256;
constexpr uint64_t kSpareBytes = uint64_t{4} << 20;
// For a failure to be the file system's: what others use up beside us.
constexpr uint64_t kFewFiles = 16;
constexpr uint64_t kFewBytes = uint64_t{256} << 10;
constexpr absl::Duration kPatience = absl::Seconds(30);

absl::Status Missing(absl::string_view step, absl::string_view advice) {
  const int error = errno;
  return absl::FailedPreconditionError(
      absl::StrCat(step, ": ", ::strerror(error), "; ", advice));
}

// ---- The folder -------------------------------------------------------------

absl::Status CheckName(const std::string& folder) {
  const auto unfit = [&](absl::string_view why) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the folder for the checks' files ", why, ": ", Printable(folder),
        "; set TMPDIR to one with an ordinary name, such as /tmp"));
  };
  if (folder.size() > kLongestBase) {
    return unfit(
        absl::StrCat("has a name of more than ", kLongestBase, " bytes"));
  }
  for (absl::string_view rest = folder; !rest.empty();) {
    const Utf8Character character = FirstCharacter(rest);
    if (character.length == 0) return unfit("has a name that is no UTF-8");
    if (IsObeyedByTerminals(character.code)) {
      return unfit("has a control character in its name");
    }
    rest.remove_prefix(character.length);
  }
  return absl::OkStatus();
}

struct Room {
  bool known = false;
  uint64_t files = 0;
  uint64_t bytes = 0;
};

Room RoomIn(const std::string& folder) {
  struct statvfs facts = {};
  if (::statvfs(folder.c_str(), &facts) != 0) return {};
  Room room = {true, UINT64_MAX, facts.f_bavail * facts.f_frsize};
  // Some file systems don't count them, and say 0 of 0.
  if (facts.f_files > 0) room.files = facts.f_favail;
  return room;
}

constexpr char kElsewhere[] =
    "set TMPDIR to a folder of an ordinary local file system with room in it";

absl::Status CheckRoom(const std::string& directory) {
  const Room room = RoomIn(directory);
  if (room.known && (room.files < kSpareFiles || room.bytes < kSpareBytes)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the file system of the checks' folder has room for ",
        room.files < kSpareFiles ? absl::StrCat(room.files, " more files")
                                 : absl::StrCat(room.bytes, " more bytes"),
        " and the suite needs ",
        room.files < kSpareFiles ? absl::StrCat(kSpareFiles)
                                 : absl::StrCat(kSpareBytes),
        "; ", kElsewhere));
  }
  const std::string text(4096, 'x');
  for (int i = 0; i < kFiles; ++i) {
    const std::string folder = absl::StrCat(directory, "/d", i);
    if (::mkdir(folder.c_str(), 0755) != 0) {
      return Missing("making a folder in the checks' folder", kElsewhere);
    }
    const std::string file = absl::StrCat(folder, "/f");
    const int fd =
        ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
      return Missing("making a file in the checks' folder", kElsewhere);
    }
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0 && static_cast<size_t>(written) < text.size()) {
      errno = ENOSPC;
    }
    const bool whole = written == static_cast<ssize_t>(text.size());
    ::close(fd);
    if (!whole) {
      return Missing("writing to a file in the checks' folder", kElsewhere);
    }
  }
  return absl::OkStatus();
}

// The calls that locks are made of.
absl::Status CheckNames(const std::string& directory) {
  const std::string file = directory + "/d0/f";
  const std::string link = directory + "/link";
  const std::string soft = directory + "/soft";
  const std::string moved = directory + "/moved";
  if (::link(file.c_str(), link.c_str()) != 0) {
    return Missing("link(2) in the checks' folder", kElsewhere);
  }
  if (::symlink("d0/f", soft.c_str()) != 0) {
    return Missing("symlink(2) in the checks' folder", kElsewhere);
  }
  if (::rename(link.c_str(), moved.c_str()) != 0) {
    return Missing("rename(2) in the checks' folder", kElsewhere);
  }
  if (::unlink(moved.c_str()) != 0 || ::unlink(soft.c_str()) != 0) {
    return Missing("unlink(2) in the checks' folder", kElsewhere);
  }
  return absl::OkStatus();
}

// ---- Locks ------------------------------------------------------------------

enum class LockCall { kFlock, kRecord, kOpenFileDescription };

bool TryLock(int fd, LockCall call) {
  if (call == LockCall::kFlock) return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, call == LockCall::kRecord ? F_SETLK : F_OFD_SETLK,
                 &whole) == 0;
}

// In a child: 0 if it is refused, as it should be; 1 if not.
int AnotherIsRefused(const std::string& file, LockCall call) {
  const pid_t child = ::fork();
  if (child < 0) return -1;
  if (child == 0) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    ::_exit(fd >= 0 && !TryLock(fd, call) &&
                    (errno == EAGAIN || errno == EACCES)
                ? 0
                : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? 0 : 1;
}

absl::Status CheckLocks(const std::string& directory) {
  const std::string file = directory + "/d0/f";
  for (const auto& [call, name] :
       std::initializer_list<std::pair<LockCall, absl::string_view>>{
           {LockCall::kFlock, "flock(2)"},
           {LockCall::kRecord, "fcntl(F_SETLK)"},
           {LockCall::kOpenFileDescription, "fcntl(F_OFD_SETLK)"}}) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return Missing("opening a file", kElsewhere);
    const absl::Cleanup close_it([fd = fd] { ::close(fd); });
    if (!TryLock(fd, call)) {
      return Missing(
          absl::StrCat(name, " in the checks' folder"),
          "locks don't work here, of whatever implementation: set TMPDIR to a "
          "local file system, and look for a filter, such as a container's, "
          "that forbids the call");
    }
    const int refused = AnotherIsRefused(file, call);
    if (refused < 0) return Missing("fork(2)", "see ulimit -u");
    if (refused > 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          name,
          " excludes nobody in the checks' folder: the file system has "
          "no locks; ",
          kElsewhere));
    }
  }
  return absl::OkStatus();
}

// ---- Processes --------------------------------------------------------------

absl::Status CheckDescriptors() {
  std::vector<int> fds;
  const absl::Cleanup close_them([&] {
    for (const int fd : fds) ::close(fd);
  });
  while (fds.size() < kDescriptors) {
    // The root folder is there where nothing else is, not even /dev/null.
    const int fd = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      return Missing(absl::StrCat("opening ", kDescriptors,
                                  " descriptors, after ", fds.size()),
                     "ulimit -n 1024, or more, before lockcheck");
    }
    fds.push_back(fd);
  }
  return absl::OkStatus();
}

absl::Status CheckProcesses(int jobs) {
  // A check has a guard, itself, and some contenders.
  const int wanted = std::min(256, 32 + 32 * jobs);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Missing("pipe(2)", "see ulimit -n");
  std::vector<pid_t> children;
  absl::Status status;
  while (status.ok() && static_cast<int>(children.size()) < wanted) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[1]);
      char none = 0;
      while (::read(ends[0], &none, 1) < 0 && errno == EINTR) {
      }
      ::_exit(0);
    }
    if (child > 0) {
      children.push_back(child);
    } else {
      status = Missing(absl::StrCat("starting ", wanted, " processes, after ",
                                    children.size()),
                       "end some others, or allow more of them (ulimit -u, and "
                       "a container's limit)");
    }
  }
  ::close(ends[0]);
  ::close(ends[1]);
  for (const pid_t child : children) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return status;
}

absl::Status CheckWatching() {
  constexpr char kFilter[] =
      "look for a filter, such as a container's, that forbids the call; it "
      "takes Linux 5.3";
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
      ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return Missing("prctl(2)", kFilter);
  }
  const pid_t child = ::fork();
  if (child < 0) return Missing("fork(2)", "see ulimit -u");
  if (child == 0) {
    for (;;) ::pause();
  }
  const absl::Cleanup end_it([&] {
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  });
  const int pidfd = OpenPidfd(child);
  if (pidfd < 0) return Missing("pidfd_open(2)", kFilter);
  const absl::Cleanup close_it([&] { ::close(pidfd); });
  const std::string proc = absl::StrCat("/proc/", child);
  for (const absl::string_view name : {"stat", "status"}) {
    if (::access(absl::StrCat(proc, "/", name).c_str(), R_OK) != 0) {
      return Missing(absl::StrCat("reading /proc/PID/", name),
                     "mount the proc file system at /proc");
    }
  }
  if (ParentOf(child) != ::getpid() || !CountDescriptors(child).has_value() ||
      ::access((proc + "/fdinfo").c_str(), R_OK | X_OK) != 0) {
    errno = ENOENT;
    return Missing("looking at a child in /proc",
                   "mount the proc file system of this PID namespace at /proc");
  }
  if (::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) != 0) {
    return Missing("pidfd_send_signal(2)", kFilter);
  }
  if (!AwaitEnd(child, MonotonicNow() + kPatience)) {
    errno = ETIMEDOUT;
    return Missing("ending a child by SIGKILL", kFilter);
  }
  return absl::OkStatus();
}

absl::Status TryAll(const std::string& directory, int jobs) {
  absl::Status status = CheckWatching();
  if (status.ok()) status = CheckDescriptors();
  if (status.ok()) status = CheckProcesses(jobs);
  if (status.ok()) status = CheckRoom(directory);
  if (status.ok()) status = CheckNames(directory);
  if (status.ok()) status = CheckLocks(directory);
  return status;
}

}  // namespace

absl::Status CheckEnvironment(const std::string& base, int jobs) {
  const std::string folder = ScratchBase(base);
  if (absl::Status status = CheckName(folder); !status.ok()) return status;
  absl::StatusOr<WorkerProcess> worker =
      WorkerProcess::Start(base, [&](const std::string& directory) {
        absl::Status status = CheckName(directory);
        if (status.ok()) status = TryAll(directory, jobs);
        return std::string(status.message());
      });
  if (!worker.ok()) {
    return absl::FailedPreconditionError(worker.status().message());
  }
  worker->ReadToEnd(MonotonicNow() + kPatience);
  // One that still waits, for a file system perhaps, is ended.
  worker->End();
  const absl::StatusOr<std::string> result = worker->Result();
  if (!worker->text().empty()) {
    return absl::FailedPreconditionError(worker->text());
  }
  if (result.ok()) return absl::OkStatus();
  if (absl::IsResourceExhausted(result.status())) {
    return absl::FailedPreconditionError(
        "no process can be started; end some others, or allow more of them "
        "(ulimit -u, and a container's limit)");
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the process that looks at this machine ", worker->ending().ToString(),
      "; what limits does the shell have (ulimit -a)?"));
}

std::string WhyUnfit(const std::string& directory) {
  struct stat st;
  if (::stat(directory.c_str(), &st) != 0) {
    return absl::StrCat(
        "the check's folder was gone at the end of the check "
        "(",
        ::strerror(errno), ")");
  }
  const Room room = RoomIn(directory);
  if (room.known && (room.files < kFewFiles || room.bytes < kFewBytes)) {
    return "the file system of the check's folder was full at the end of the "
           "check";
  }
  return "";
}

}  // namespace conformance
