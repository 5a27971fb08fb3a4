// The correct steps.

#include "conformance/mutants/races/whole_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class Held : public HeldLock {
 public:
  explicit Held(std::function<std::string()> release)
      : release_(std::move(release)) {}
  std::string Release() override { return release_(); }

 private:
  std::function<std::string()> release_;
};

}  // namespace

// --- Parts -------------------------------------------------------------------

Attempt HeldUntil(std::function<std::string()> release) {
  return Attempt::Acquired(std::make_unique<Held>(std::move(release)));
}

Attempt NotHeld(absl::string_view call, int error) {
  if (error == EWOULDBLOCK) return Attempt::Busy();
  return Attempt::Error(Message(call, error));
}

std::string Message(absl::string_view call, int error) {
  return error == 0 ? "" : absl::StrCat(call, ": ", ::strerror(error));
}

int RemoveFile(const std::string& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

int CloseFile(int fd) { return ::close(fd) == 0 ? 0 : errno; }

int Flock(int fd, int operation) {
  while (::flock(fd, operation) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

int RecordLockWhole(int fd, int command) {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(fd, command, &whole) != 0) {
    if (errno == EACCES) return EWOULDBLOCK;
    if (errno != EINTR) return errno;
  }
  return 0;
}

int CompareWithPath(int fd, const std::string& path) {
  struct stat ours = {};
  struct stat now = {};
  if (::fstat(fd, &ours) != 0) return errno;
  if (::lstat(path.c_str(), &now) != 0) {
    return errno == ENOENT ? ESTALE : errno;
  }
  return ours.st_dev == now.st_dev && ours.st_ino == now.st_ino ? 0 : ESTALE;
}

std::string MyRecord() { return absl::StrCat(::getpid(), "\n"); }

Owner OwnerOfRecord(absl::string_view text) {
  Owner owner;
  // Without its end it may be a part of a greater number.
  if (!absl::ConsumeSuffix(&text, "\n") ||
      !std::all_of(text.begin(), text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(text, &owner.pid) || owner.pid <= 0) {
    return owner;
  }
  const bool dead = ::kill(owner.pid, 0) != 0 && errno == ESRCH;
  owner.kind = dead ? Owner::Kind::kNobody : Owner::Kind::kAlive;
  return owner;
}

Owner ReadOwner(int fd) {
  char text[32];
  ssize_t n = 0;
  do {
    n = ::pread(fd, text, sizeof(text), 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return {Owner::Kind::kUnknown, 0, errno};
  return OwnerOfRecord(absl::string_view(text, static_cast<size_t>(n)));
}

Owner ReadOwner(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return {Owner::Kind::kGone, 0, 0};
  if (fd < 0) return {Owner::Kind::kUnknown, 0, errno};
  const Owner owner = ReadOwner(fd);
  ::close(fd);
  return owner;
}

int WriteRecord(int fd) {
  if (::ftruncate(fd, 0) != 0) return errno;
  const std::string record = MyRecord();
  const ssize_t n = ::pwrite(fd, record.data(), record.size(), 0);
  if (n == static_cast<ssize_t>(record.size())) return 0;
  const int error = n < 0 ? errno : ENOSPC;
  return ::ftruncate(fd, 0) == 0 ? error : errno;
}

int CreateRecord(const std::string& path) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  return fd < 0 ? errno : FillWithRecord(fd, path);
}

int FillWithRecord(int fd, const std::string& path) {
  const std::string record = MyRecord();
  const ssize_t n = ::write(fd, record.data(), record.size());
  int error = n < 0 ? errno : 0;
  if (n >= 0 && n != static_cast<ssize_t>(record.size())) error = ENOSPC;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) ::unlink(path.c_str());
  return error;
}

Introduction BareLock::Describe() const { return {"bare", "1", 0, {}}; }

Attempt BareLock::Acquire(const std::string& path, absl::Duration /*wait*/) {
  return Try(path);
}

// --- A file that is locked by flock, and removed on release ------------------

Introduction RemovedFile::Describe() const {
  return {"removed file", "1", 0, {std::string(kForever)}};
}

Attempt RemovedFile::Acquire(const std::string& path, absl::Duration wait) {
  for (;;) {
    const int fd = Open(path);
    if (fd < 0) return NotHeld("open", errno);
    if (const int error = Lock(fd, path, wait != absl::ZeroDuration())) {
      Abandon(fd);
      return NotHeld("lock", error);
    }
    const int error = Compare(fd, path);
    if (error == 0) {
      return HeldUntil(
          [this, fd, path] { return Message("release", Release(fd, path)); });
    }
    if (error != ESTALE) {
      Abandon(fd);
      return NotHeld("stat", error);
    }
    Drop(fd);
  }
}

int RemovedFile::Open(const std::string& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
}

int RemovedFile::Lock(int fd, const std::string& /*path*/, bool wait) {
  return Flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
}

int RemovedFile::Compare(int fd, const std::string& path) {
  return CompareWithPath(fd, path);
}

void RemovedFile::Drop(int fd) { ::close(fd); }

void RemovedFile::Abandon(int fd) { ::close(fd); }

int RemovedFile::Release(int fd, const std::string& path) {
  const int error = RemoveFile(path);
  const int closed = CloseFile(fd);
  return error != 0 ? error : closed;
}

// --- A pid file that comes into being with its record ------------------------

Attempt PidFileByLink::Try(const std::string& path) {
  // One that comes too late that often has met others each time.
  for (int i = 0; i < 3; ++i) {
    const int error = Create(path);
    if (error == 0) {
      return HeldUntil([path] { return Message("unlink", RemoveFile(path)); });
    }
    if (error != EEXIST) return NotHeld("create", error);
    const Owner owner = Look(path);
    switch (owner.kind) {
      case Owner::Kind::kAlive:
        return Attempt::Busy();
      case Owner::Kind::kUnknown:
        return NotHeld("read", owner.error);
      case Owner::Kind::kGone:
        continue;
      case Owner::Kind::kNobody:
        break;
    }
    if (const int broken = Break(path)) return NotHeld("break", broken);
  }
  return Attempt::Busy();
}

int PidFileByLink::Create(const std::string& path) {
  const std::string mine = absl::StrCat(path, ".", ::getpid());
  int error = CreateRecord(mine);
  if (error == EEXIST) {  // ours, of an attempt that couldn't remove it
    ::unlink(mine.c_str());
    error = CreateRecord(mine);
  }
  if (error != 0) return error;
  error = ::link(mine.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(mine.c_str());
  return error;
}

Owner PidFileByLink::Look(const std::string& path) { return ReadOwner(path); }

int PidFileByLink::Break(const std::string& path) {
  const int fd =
      ::open((path + ".break").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int error = Flock(fd, LOCK_EX);
  if (error == 0 && StillStale(path)) error = RemoveFile(path);
  ::close(fd);
  return error;
}

bool PidFileByLink::StillStale(const std::string& path) {
  return Look(path).kind == Owner::Kind::kNobody;
}

int PidFileByMadeUpName::Create(const std::string& path) {
  std::string mine = path + ".tmp.XXXXXX";
  const int fd = ::mkostemp(mine.data(), O_CLOEXEC);
  if (fd < 0) return errno;
  int error = FillWithRecord(fd, mine);
  if (error != 0) return error;
  error = ::link(mine.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(mine.c_str());
  return error;
}

int PidInLink::Create(const std::string& path) {
  const std::string pid = absl::StrCat(::getpid());
  return ::symlink(pid.c_str(), path.c_str()) == 0 ? 0 : errno;
}

Owner PidInLink::Look(const std::string& path) {
  char target[32];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof(target));
  if (n < 0 && errno == ENOENT) return {Owner::Kind::kGone, 0, 0};
  if (n < 0 && errno == EINVAL) return {Owner::Kind::kNobody, 0, 0};
  if (n < 0) return {Owner::Kind::kUnknown, 0, errno};
  const absl::string_view pid(target, static_cast<size_t>(n));
  return OwnerOfRecord(absl::StrCat(pid, "\n"));
}

// --- A record in a file that stays -------------------------------------------

Attempt RecordInPlace::Try(const std::string& path) {
  const int fd = Open(path);
  if (fd < 0) return NotHeld("open", errno);
  int error = Enter(fd, path);
  if (error == 0) {
    error = Claim(fd);
    Leave(fd);
  }
  if (error != 0) {
    ::close(fd);
    return NotHeld("claim", error);
  }
  return HeldUntil(
      [this, fd, path] { return Message("release", Release(fd, path)); });
}

int RecordInPlace::Open(const std::string& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
}

int RecordInPlace::Enter(int fd, const std::string& /*path*/) {
  return Flock(fd, LOCK_EX);
}

void RecordInPlace::Leave(int fd) { Flock(fd, LOCK_UN); }

int RecordInPlace::Claim(int fd) {
  const Owner owner = ReadOwner(fd);
  if (owner.kind == Owner::Kind::kAlive) return EWOULDBLOCK;
  if (owner.kind == Owner::Kind::kUnknown) return owner.error;
  return WriteRecord(fd);
}

int RecordInPlace::Release(int fd, const std::string& path) {
  int error = Enter(fd, path);
  if (error == 0 && ::ftruncate(fd, 0) != 0) error = errno;
  const int closed = CloseFile(fd);
  return error != 0 ? error : closed;
}

}  // namespace conformance
