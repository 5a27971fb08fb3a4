// One class for all of them, told by a few switches what to do.

#include "conformance/explorer/testing/test_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11): threads of the system are tested
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;

Attempt Failed(const char* what) {
  return Attempt::Error(absl::StrCat(what, ": ", ::strerror(errno)));
}

class Held : public HeldLock {
 public:
  explicit Held(std::function<std::string()> release)
      : release_(std::move(release)) {}
  std::string Release() override { return release_(); }

 private:
  std::function<std::string()> release_;
};

Attempt HeldUntil(std::function<std::string()> release) {
  return Attempt::Acquired(std::make_unique<Held>(std::move(release)));
}

std::string CloseIt(int fd) {
  return ::close(fd) == 0 ? "" : absl::StrCat("close: ", ::strerror(errno));
}

std::string UnlinkIt(const std::string& path) {
  return ::unlink(path.c_str()) == 0
             ? ""
             : absl::StrCat("unlink: ", ::strerror(errno));
}

using TryLock = std::function<Attempt(const std::string& path)>;

class TestLock : public Implementation {
 public:
  explicit TestLock(TryLock acquire) : acquire_(std::move(acquire)) {}
  Introduction Describe() const override {
    return {"test lock", "1", 0, {"forever"}};
  }
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    return acquire_(path);
  }

 private:
  TryLock acquire_;
};

ContenderSource Source(const TryLock& acquire) {
  return ContenderSource::LinkedIn(
      [acquire] { return std::make_unique<TestLock>(acquire); });
}

Attempt Flock(const std::string& path, int operation,
              const std::function<std::string(int)>& release) {
  const int fd = ::open(path.c_str(), kFlags, 0666);
  if (fd < 0) return Failed("open");
  if (::flock(fd, operation) != 0) {
    const bool busy = errno == EWOULDBLOCK;
    Attempt failed = Failed("flock");
    ::close(fd);
    return busy ? Attempt::Busy() : std::move(failed);
  }
  return HeldUntil([release, fd] { return release(fd); });
}

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

Attempt CreateExclusively(const std::string& path, bool wait) {
  for (;;) {
    const int fd = ::open(path.c_str(), kFlags | O_EXCL, 0666);
    if (fd >= 0) {
      ::close(fd);
      return HeldUntil([path] { return UnlinkIt(path); });
    }
    if (errno != EEXIST) return Failed("open");
    if (!wait) return Attempt::Busy();
    const timespec nap = {10, 0};
    ::nanosleep(&nap, nullptr);
  }
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

// The word that a child says through a pipe.
char ReadOne(int fd) {
  char c = 0;
  while (::read(fd, &c, 1) < 0 && errno == EINTR) {
  }
  return c;
}

// The child holds the lock until `rest` comes back, which is given what can be
// read when its parent is no more, or until it is sent the signal; if it is
// doomed, until its parent dies.
Attempt LockInChild(const std::string& path,
                    const std::function<void(int)>& rest, int signal = 0,
                    bool doomed = false) {
  int said[2];
  int told[2];
  if (::pipe2(said, O_CLOEXEC) != 0 || ::pipe2(told, O_CLOEXEC) != 0) {
    return Failed("pipe2");
  }
  const pid_t child = ::fork();
  if (child < 0) return Failed("fork");
  if (child == 0) {
    if (doomed) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(told[1]);
    const int fd = ::open(path.c_str(), kFlags, 0666);
    const bool locked = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    const char* const word = locked ? "y" : errno == EWOULDBLOCK ? "n" : "e";
    if (::write(said[1], word, 1) != 1 || !locked) ::_exit(1);
    rest(told[0]);
    ::_exit(0);
  }
  ::close(said[1]);
  ::close(told[0]);
  const char word = ReadOne(said[0]);
  ::close(said[0]);
  const auto end = [fd = told[1], child](int by) {
    ::close(fd);
    ::kill(child, by);
    ::waitpid(child, nullptr, 0);
    return std::string();
  };
  if (word != 'y') {
    end(0);
    return word == 'n' ? Attempt::Busy() : Attempt::Error("the child failed");
  }
  return HeldUntil([end, signal] { return end(signal); });
}

}  // namespace

ContenderSource PlainLock() {
  return Source([](const std::string& path) {
    return Flock(path, LOCK_EX | LOCK_NB, CloseIt);
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

ContenderSource ForkedLock() {
  return Source(
      [](const std::string& path) { return LockInChild(path, ReadOne); });
}

ContenderSource StubbornChild() {
  return Source([](const std::string& path) {
    return LockInChild(
        path,
        [](int /*told*/) {
          for (;;) ::pause();
        },
        SIGTERM);
  });
}

ContenderSource ReadingChild() {
  return Source([](const std::string& path) {
    return LockInChild(
        path,
        [](int told) {
          ReadOne(told);
          // Nobody is there any more to read it.
          while (ReadOne(STDIN_FILENO) != '\n') {
          }
        },
        SIGTERM);
  });
}

ContenderSource NappingChild(absl::Duration nap) {
  return Source([nap](const std::string& path) {
    return LockInChild(
        path,
        [nap](int /*told*/) {
          const timespec time = absl::ToTimespec(nap);
          for (;;) ::nanosleep(&time, nullptr);
        },
        SIGKILL);
  });
}

ContenderSource OneNapChild(absl::Duration nap, bool by_poll) {
  return Source([nap, by_poll](const std::string& path) {
    return LockInChild(
        path,
        [nap, by_poll](int /*told*/) {
          const timespec time = absl::ToTimespec(nap);
          if (by_poll) {
            ::poll(nullptr, 0,
                   static_cast<int>(absl::ToInt64Milliseconds(nap)));
          } else {
            ::nanosleep(&time, nullptr);
          }
        },
        SIGKILL);
  });
}

ContenderSource DoomedChild() {
  return Source([](const std::string& path) {
    return LockInChild(
        path,
        [](int /*told*/) {
          for (;;) ::pause();
        },
        SIGKILL, /*doomed=*/true);
  });
}

ContenderSource TimedChild() {
  return Source([](const std::string& path) {
    return LockInChild(
        path,
        [parent = ::getpid()](int /*told*/) {
          ::signal(SIGALRM, [](int /*signal*/) {});
          const itimerval often = {{0, 50'000}, {0, 50'000}};
          ::setitimer(ITIMER_REAL, &often, nullptr);
          while (::getppid() == parent) ::pause();
        },
        SIGKILL);
  });
}

ContenderSource WatchfulChild() {
  return Source([](const std::string& path) {
    return LockInChild(
        path,
        [parent = ::getpid()](int /*told*/) {
          while (::getppid() == parent) {
            pollfd none = {-1, 0, 0};
            ::poll(&none, 1, 50);
          }
        },
        SIGTERM);
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

ContenderSource RelativePaths() {
  return Source([](const std::string& path) {
    const std::string home = path.substr(0, path.rfind('/'));
    if (::chdir(home.c_str()) != 0) return Failed("chdir");
    const int folder = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (::mkdirat(folder, "sub", 0777) != 0) return Failed("mkdirat");
    const int fd = ::openat(folder, "sub/../lock", kFlags, 0666);
    ::unlinkat(folder, "sub", AT_REMOVEDIR);
    ::close(fd);
    ::close(folder);
    return HeldUntil([] { return std::string(); });
  });
}

ContenderSource NoLock() {
  return Source([](const std::string& path) {
    const int fd = ::open(path.c_str(), kFlags, 0666);
    if (fd < 0) return Failed("open");
    ::close(fd);
    return HeldUntil([path] {
      // A call that is seen.
      return ::access(path.c_str(), F_OK) == 0 ? std::string()
                                               : std::string("access");
    });
  });
}

ContenderSource HangsWhereGone() {
  return Source([](const std::string& path) {
    const int fd = ::open(path.c_str(), kFlags, 0666);
    if (fd < 0) return Failed("open");
    ::close(fd);
    return HeldUntil([path] {
      if (::unlink(path.c_str()) != 0) ::pause();
      return std::string();
    });
  });
}

ContenderSource UnlikeElsewhere() {
  return Source([](const std::string& path) {
    const std::string folder = path.substr(0, path.rfind('/'));
    const std::string first =
        absl::StrCat(folder.substr(0, folder.rfind('/')), "/first");
    // All but the first are too late.
    if (::symlink(folder.c_str(), first.c_str()) != 0 && errno != EEXIST) {
      return Attempt::Error("symlink");
    }
    char target[PATH_MAX];
    const ssize_t n = ::readlink(first.c_str(), target, sizeof(target));
    if (n < 0 || folder != std::string(target, static_cast<size_t>(n))) {
      return Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    }
    const std::string beside = path + ".beside";
    return Flock(path, LOCK_EX | LOCK_NB, [beside](int fd) {
      const int made =
          ::open(beside.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
      if (made >= 0) ::close(made);
      ::unlink(beside.c_str());
      return CloseIt(fd);
    });
  });
}

ContenderSource RefusesForErrors() {
  return Source([](const std::string& path) {
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    return attempt.kind == AnswerKind::kError ? Attempt::Busy()
                                              : std::move(attempt);
  });
}

ContenderSource Babbling(bool without_end) {
  ContenderSource source;
  source.main = [without_end] {
    const std::string hello = absl::StrCat(
        "hello lockfile-contender/1 name=babbling version=1 pid=", ::getpid(),
        " can=log\n");
    char command[4096];
    if (::read(STDIN_FILENO, command, sizeof(command)) <= 0 ||
        ::write(STDOUT_FILENO, hello.data(), hello.size()) < 0) {
      return 1;
    }
    const std::string event =
        without_end ? std::string(size_t{64} << 20, 'x')
                    : "log ERROR " + std::string(1000, 'x') + "\n";
    if (::read(STDIN_FILENO, command, sizeof(command)) <= 0) return 1;
    while (::write(STDOUT_FILENO, event.data(), event.size()) > 0) {
    }
    return 0;
  };
  return source;
}

ContenderSource SaysAnotherPid() {
  ContenderSource source;
  source.main = [] {
    constexpr char kHello[] =
        "hello lockfile-contender/1 name=stranger version=1 pid=1 can=\n";
    char command[4096];
    while (::read(STDIN_FILENO, command, sizeof(command)) > 0) {
      if (::write(STDOUT_FILENO, kHello, sizeof(kHello) - 1) < 0) return 1;
    }
    return 0;
  };
  return source;
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

ContenderSource RefusesAtFirst() {
  return Source([refuses = true](const std::string& path) mutable {
    if (::access(path.c_str(), F_OK) == 0 && std::exchange(refuses, !refuses)) {
      return Attempt::Busy();
    }
    return Flock(path, LOCK_EX | LOCK_NB, CloseIt);
  });
}

ContenderSource NeverForgets() {
  return Source([refused = false](const std::string& path) mutable {
    if (refused) return Attempt::Busy();
    Attempt attempt = CreateExclusively(path, false);
    refused = attempt.kind == AnswerKind::kBusy;
    return attempt;
  });
}

ContenderSource DyingLock() {
  return Source([](const std::string& path) {
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    if (attempt.kind == AnswerKind::kAcquired) ::_exit(3);
    return attempt;
  });
}

ContenderSource HangingLock() {
  return Source([](const std::string& path) {
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    for (volatile int i = 0;; i = 1 - i) {
    }
    return attempt;
  });
}

ContenderSource LeakingLock() {
  return Source([](const std::string& path) {
    const int fd = ::open(path.c_str(), kFlags, 0666);
    if (fd < 0) return Failed("open");
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return Failed("flock");
      ::close(fd);
      return Attempt::Busy();
    }
    return HeldUntil([fd] { return CloseIt(fd); });
  });
}

ContenderSource UnseenWait() {
  return Source([](const std::string& path) {
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, CloseIt);
    while (attempt.kind == AnswerKind::kBusy) ::pause();
    return attempt;
  });
}

ContenderSource DawdlingLock() {
  return Source([](const std::string& path) {
    for (;;) {
      Attempt attempt = CreateExclusively(path, /*wait=*/false);
      if (attempt.kind != AnswerKind::kBusy) return attempt;
      pollfd none = {-1, 0, 0};
      ::poll(&none, 1, 50);
    }
  });
}

ContenderSource WornOutLock() {
  return Source([times = 0](const std::string& path) mutable {
    if (++times > 3) return Attempt::Error("worn out");
    return Flock(path, LOCK_EX | LOCK_NB, CloseIt);
  });
}

ContenderSource BelievesInterrupted() {
  return Source([](const std::string& path) {
    const int fd = ::open(path.c_str(), kFlags, 0666);
    if (fd < 0) return Failed("open");
    if (::flock(fd, LOCK_EX) != 0 && errno != EINTR) {
      Attempt failed = Failed("flock");
      ::close(fd);
      return failed;
    }
    return HeldUntil([fd] { return CloseIt(fd); });
  });
}

ContenderSource UnseenLock() {
  return Source([](const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // The first byte is NUL, and so the name none of a file. Paths may be
    // longer than it.
    absl::StrCat("lock ", std::hash<std::string>()(path))
        .copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)) != 0) {
      ::close(fd);
      return Attempt::Busy();
    }
    return HeldUntil([fd] { return CloseIt(fd); });
  });
}

ContenderSource UnseenHelper() {
  return Source([](const std::string& path) {
    ::close(::open(path.c_str(), kFlags, 0666));
    int told[2];
    if (::pipe2(told, O_CLOEXEC) != 0) return Failed("pipe2");
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(told[1]);
      ReadOne(told[0]);
      ::_exit(0);
    }
    ::close(told[0]);
    return HeldUntil([fd = told[1], child] {
      ::close(fd);
      ::waitpid(child, nullptr, 0);
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

ContenderSource NeverReleased() {
  return Source([](const std::string& path) {
    return Flock(path, LOCK_EX | LOCK_NB,
                 [](int /*fd*/) { return std::string(); });
  });
}

ContenderSource NeverReleasedBlocking() {
  return Source([](const std::string& path) {
    return Flock(path, LOCK_EX, [](int /*fd*/) { return std::string(); });
  });
}

}  // namespace conformance::explorer
