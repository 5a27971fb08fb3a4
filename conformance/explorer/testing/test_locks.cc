// Locks that a file makes, by one call or another, and orderly ones.

#include "conformance/explorer/testing/test_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <thread>  // NOLINT(build/c++11): threads of the system are tested

#include "absl/strings/str_cat.h"
#include "conformance/contender.h"
#include "conformance/explorer/testing/lock_parts.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

Attempt SetLock(const std::string& path, int command) {
  const int fd = ::open(path.c_str(), kFlags, 0666);
  if (fd < 0) return Failed("open");
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd, command, &lock) != 0) {
    ::close(fd);
    return Attempt::Busy();
  }
  return HeldUntil([fd] { return CloseIt(fd); });
}

// Of a file; now, if there is none.
time_t TimeOf(const std::string& path, Age which) {
  if (which == Age::kModified || which == Age::kChanged) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return ::time(nullptr);
    return which == Age::kModified ? status.st_mtime : status.st_ctime;
  }
  struct statx status = {};
  const unsigned mask = STATX_BASIC_STATS | STATX_BTIME;
  if (::statx(AT_FDCWD, path.c_str(), 0, mask, &status) != 0) {
    return ::time(nullptr);
  }
  // Not every file system knows that.
  return which == Age::kBorn && (status.stx_mask & STATX_BTIME) != 0
             ? status.stx_btime.tv_sec
             : status.stx_ctime.tv_sec;
}

}  // namespace

ContenderSource PlainLock() {
  return Source([](const std::string& path) {
    return Flock(path, LOCK_EX | LOCK_NB, CloseIt);
  });
}

ContenderSource LooksAtFirst() {
  return Source([known = false](const std::string& path) mutable {
    struct stat status = {};
    if (!known) ::stat(path.c_str(), &status);
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    known |= attempt.kind == AnswerKind::kAcquired;
    return attempt;
  });
}

ContenderSource UnlinkingLock() {
  return Source([](const std::string& path) {
    return Flock(path, LOCK_EX | LOCK_NB, [path](int fd) {
      std::string error = UnlinkIt(path);
      ::close(fd);
      return error;
    });
  });
}

ContenderSource ExclusiveCreate() {
  return Source(
      [](const std::string& path) { return CreateExclusively(path, false); });
}

ContenderSource BlockingLock() {
  return Source(
      [](const std::string& path) { return Flock(path, LOCK_EX, CloseIt); });
}

ContenderSource RecordLock() {
  return Source([](const std::string& path) { return SetLock(path, F_SETLK); });
}

ContenderSource BlockingRecordLock() {
  return Source(
      [](const std::string& path) { return SetLock(path, F_SETLKW); });
}

ContenderSource PollingLock() {
  return Source(
      [](const std::string& path) { return CreateExclusively(path, true); });
}

ContenderSource ThreadedLock() {
  return Source([](const std::string& path) {
    Attempt attempt;
    std::thread([&] {
      attempt = Flock(path, LOCK_EX | LOCK_NB, [](int fd) {
        std::string error;
        std::thread([&] { error = CloseIt(fd); }).join();
        return error;
      });
    }).join();
    return attempt;
  });
}

ContenderSource RecordingLock() {
  return Source([](const std::string& path) {
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    if (attempt.kind != AnswerKind::kAcquired) return attempt;
    const std::string record = absl::StrCat(::getpid(), "\n");
    const int fd = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    const bool written = fd >= 0 && ::write(fd, record.data(), record.size()) ==
                                        static_cast<ssize_t>(record.size());
    Attempt failed = Failed("writing the record");
    if (fd >= 0) ::close(fd);
    if (written) return attempt;
    attempt.lock->Release();
    return failed;
  });
}

ContenderSource GuardedAgeingLock() {
  // Closes the guard's descriptor, whatever came of it.
  class Guard {
   public:
    explicit Guard(const std::string& path)
        : fd_(::open((path + ".guard").c_str(), kFlags, 0666)) {
      while (fd_ >= 0 && !locked_) {
        locked_ = ::flock(fd_, LOCK_EX) == 0;
        if (!locked_ && errno != EINTR) break;
      }
    }
    ~Guard() {
      const int error = errno;
      if (fd_ >= 0) ::close(fd_);
      errno = error;
    }
    bool ok() const { return locked_; }

   private:
    int fd_;
    bool locked_ = false;
  };
  return Source([](const std::string& path) {
    const Guard guard(path);
    if (!guard.ok()) return Failed("guard");
    struct stat status = {};
    if (::lstat(path.c_str(), &status) == 0) {
      if (::time(nullptr) - status.st_mtime < 3600) return Attempt::Busy();
      if (::unlink(path.c_str()) != 0) return Failed("unlink");
    } else if (errno != ENOENT) {
      return Failed("lstat");
    }
    const int fd = ::open(path.c_str(), kFlags | O_EXCL, 0666);
    if (fd < 0) return Failed("open");
    ::close(fd);
    return HeldUntil([path] {
      const Guard again(path);
      if (!again.ok() || ::unlink(path.c_str()) != 0) {
        return std::string("release");
      }
      return std::string();
    });
  });
}

ContenderSource LinkingLock() {
  return Source([](const std::string& path) {
    const std::string own = path + ".own";
    const int fd = ::open(own.c_str(), kFlags, 0666);
    if (fd < 0) return Failed("open");
    ::close(fd);
    const bool linked = ::link(own.c_str(), path.c_str()) == 0;
    ::unlink(own.c_str());
    if (!linked) return Attempt::Busy();
    return HeldUntil([path] { return UnlinkIt(path); });
  });
}

ContenderSource MadeUpNameLock() {
  return Source([](const std::string& path) {
    std::string own = path + ".XXXXXX";
    const int fd = ::mkostemp(own.data(), O_CLOEXEC);
    if (fd < 0) return Failed("mkostemp");
    ::close(fd);
    const bool linked = ::link(own.c_str(), path.c_str()) == 0;
    const bool busy = !linked && errno == EEXIST;
    if (::unlink(own.c_str()) != 0) return Failed("unlink");
    if (busy) return Attempt::Busy();
    if (!linked) return Failed("link");
    return HeldUntil([path] { return UnlinkIt(path); });
  });
}

ContenderSource AgeingLock(Age by) {
  return Source([by](const std::string& path) {
    constexpr time_t kHour = 3600;
    const std::string folder = path + ".d";
    if (::mkdir(folder.c_str(), 0777) != 0) {
      if (::time(nullptr) - TimeOf(folder, by) < kHour) return Attempt::Busy();
      ::rmdir(folder.c_str());
      if (::mkdir(folder.c_str(), 0777) != 0) return Attempt::Busy();
    }
    return HeldUntil([folder] {
      return ::rmdir(folder.c_str()) == 0 ? std::string()
                                          : std::string("rmdir");
    });
  });
}

}  // namespace conformance::explorer
