// Test locks that misbehave: they hold nothing, say what isn't so, hang, die,
// leak, or do what isn't seen.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/contender.h"
#include "conformance/explorer/testing/lock_parts.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance::explorer {

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

ContenderSource ShowsItOnce() {
  return Source([first = true](const std::string& path) mutable {
    const std::string seen =
        absl::StrCat(path.substr(0, path.rfind('/')), ".seen");
    if (std::exchange(first, false) && ::access(seen.c_str(), F_OK) == 0) {
      ::pause();
    }
    const int fd = ::open(path.c_str(), kFlags | O_EXCL, 0666);
    if (fd < 0 && errno != EEXIST) return Failed("open");
    if (fd < 0) ::mkdir(seen.c_str(), 0777);
    if (fd >= 0) ::close(fd);
    return HeldUntil([path] {
      ::unlink(path.c_str());
      return std::string();
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

ContenderSource MarksBesideFolder() {
  return Source([](const std::string& path) {
    const std::string mark = path.substr(0, path.rfind('/')) + ".mark";
    if (::access(mark.c_str(), F_OK) == 0) return Attempt::Busy();
    Attempt attempt = Flock(path, LOCK_EX | LOCK_NB, [mark](int fd) {
      ::unlink(mark.c_str());
      return CloseIt(fd);
    });
    if (attempt.kind == AnswerKind::kAcquired) {
      const int made =
          ::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
      if (made >= 0) ::close(made);
    }
    return attempt;
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

ContenderSource KeepsWhenRefused(size_t kept) {
  return Source(
      [kept, open = std::vector<int>()](const std::string& path) mutable {
        const int fd = ::open(path.c_str(), kFlags, 0666);
        if (fd < 0) return Failed("open");
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
          return HeldUntil([fd] { return CloseIt(fd); });
        }
        open.push_back(fd);
        while (open.size() > kept) {
          ::close(open.front());
          open.erase(open.begin());
        }
        return Attempt::Busy();
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

ContenderSource SilentWhere(const std::string& file) {
  ContenderSource source;
  source.command = {"/bin/sh", "-c", R"(
    read -r hello
    if test -e "$1"; then read -r more; fi
    echo "hello lockfile-contender/1 name=sh version=1 pid=$$ can="
    read -r more)",
                    "sh", file};
  return source;
}

}  // namespace conformance::explorer
