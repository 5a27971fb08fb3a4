// Test locks with a child that holds the lock, or seems to.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/testing/lock_parts.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/implementation.h"

namespace conformance::explorer {
namespace {

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

}  // namespace conformance::explorer
