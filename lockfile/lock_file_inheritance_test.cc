// The fate of a lock whose holder forks, execs, or dies with children alive:
// every row of the "fork" and "exec" labels in lock_file.h.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

class InheritanceTest : public ::testing::Test {
 protected:
  ScopedWorkingDirectory directory_;
};

// Starts a program that does nothing for a long time. posix_spawn(3) runs no
// fork handlers, so that only close-on-exec is between the program and the
// lock. It returns a moment before the kernel closes the descriptors.
pid_t SpawnSleeper() {
  char name[] = "sleep";
  char seconds[] = "100000";
  char* arguments[] = {name, seconds, nullptr};
  pid_t pid = 0;
  CHECK_EQ(::posix_spawnp(&pid, name, nullptr, nullptr, arguments, environ), 0);
  return pid;
}

// Whether the lock becomes free before long.
bool BecomesFree() {
  LockFileOptions options;
  options.wait = absl::Minutes(1);
  return LockFile::Acquire("lock", options).ok();
}

// The pid that a child has sent; kills that process in the end.
class ScopedProcess {
 public:
  explicit ScopedProcess(const std::string& pid) {
    CHECK(absl::SimpleAtoi(pid, &pid_)) << pid;
  }
  ScopedProcess(const ScopedProcess&) = delete;
  ScopedProcess& operator=(const ScopedProcess&) = delete;
  ~ScopedProcess() { ::kill(pid_, SIGKILL); }

  bool IsAlive() const { return ::kill(pid_, 0) == 0; }

 private:
  int pid_ = 0;
};

TEST_F(InheritanceTest, AForkedChildHoldsNothing) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  const int descriptors = CountDescriptors();
  Child child([&lock, descriptors](Channel&) {
    if (lock->IsHeld()) return 1;
    // The channel's descriptor is one more; the lock's is one less.
    return CountDescriptors() == descriptors ? 0 : 2;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_TRUE(lock->IsHeld());
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(InheritanceTest, AForkedChildsCloseReleasesNothing) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  Child child([&lock](Channel&) { return lock->Close().ok() ? 0 : 1; });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(InheritanceTest, AForkedChildsDestructionReleasesNothing) {
  std::optional<absl::StatusOr<LockFile>> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock->ok());
  Child child([&lock](Channel&) {
    lock.reset();
    return 0;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(InheritanceTest, AForkedChildsExitReleasesNothing) {
  static std::optional<LockFile> lock;
  lock.emplace(*LockFile::Acquire("lock"));
  Child child([](Channel&) -> int { ::exit(0); });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_TRUE(IsLocked("lock"));
  lock.reset();
}

TEST_F(InheritanceTest, AForkedChildIsRefused) {
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock", options);
  ASSERT_TRUE(lock.ok());
  const pid_t parent = ::getpid();
  Child child([parent](Channel&) {
    const absl::Status status = LockFile::Acquire("lock").status();
    return IsRefused(status) && HolderPid(status) == parent ? 0 : 1;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
}

TEST_F(InheritanceTest, AForkedChildHasItsOwnLocks) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  Child child([](Channel& channel) {
    const absl::StatusOr<LockFile> own = LockFile::Acquire("own");
    channel.Send(own.ok() ? "held" : "failed");
    channel.Receive();
    return 0;
  });
  ASSERT_EQ(child.channel().Receive(), "held");
  EXPECT_TRUE(IsRefused(LockFile::Acquire("own").status()));
  child.channel().Send("leave");
  child.Await();
  EXPECT_TRUE(LockFile::Acquire("own").ok());
}

// zc.lockfile issue 8.
TEST_F(InheritanceTest, ClosingReleasesWhileAForkedChildLives) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  Child child([](Channel& channel) {
    channel.Receive();
    return 0;
  });
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_FALSE(IsLocked("lock"));
  EXPECT_TRUE(LockFile::Acquire("lock").ok());
}

TEST_F(InheritanceTest, DeathReleasesWhileAForkedChildLives) {
  Child holder([](Channel& channel) {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    CHECK(lock.ok());
    if (::fork() == 0) {
      // Lives until the test's end of the channel is closed.
      channel.Send(absl::StrCat(::getpid()));
      channel.Receive();
      return 0;
    }
    while (true) ::pause();
  });
  const ScopedProcess grandchild(holder.channel().Receive());
  EXPECT_TRUE(IsLocked("lock"));
  holder.Signal(SIGKILL);
  holder.Await();
  EXPECT_TRUE(grandchild.IsAlive());
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(InheritanceTest, AProgramThatIsStartedHoldsNothing) {
  Child holder([](Channel& channel) {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    CHECK(lock.ok());
    channel.Send(absl::StrCat(SpawnSleeper()));
    while (true) ::pause();
    return 0;
  });
  const ScopedProcess sleeper(holder.channel().Receive());
  EXPECT_TRUE(IsLocked("lock"));
  holder.Signal(SIGKILL);
  holder.Await();
  EXPECT_TRUE(BecomesFree());
  EXPECT_TRUE(sleeper.IsAlive());
}

TEST_F(InheritanceTest, AProgramThatTheHolderBecomesHoldsNothing) {
  Child holder([](Channel& channel) {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    CHECK(lock.ok());
    channel.Send("held");
    channel.Receive();
    ::execlp("sleep", "sleep", "100000", nullptr);
    return 1;
  });
  ASSERT_EQ(holder.channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  holder.channel().Send("go");
  EXPECT_TRUE(BecomesFree());
  EXPECT_EQ(::waitpid(holder.pid(), nullptr, WNOHANG), 0) << "it has ended";
}

// The second line of defence: a child that no handler has prepared.
TEST_F(InheritanceTest, CloseInABareCloneReleasesNothing) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  const pid_t pid = static_cast<pid_t>(
      ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  ASSERT_NE(pid, -1);
  if (pid == 0) {
    const bool held = lock->IsHeld();
    const bool closed = lock->Close().ok();
    ::_exit(!held && closed ? 0 : 1);
  }
  AwaitDeath(pid);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(ExitStatus(status), 0);
  EXPECT_TRUE(lock->IsHeld());
  EXPECT_TRUE(IsLocked("lock"));
}

// A bare clone is the child of posix_spawn(3), until it execs. Nobody can tell
// that it is there.
TEST_F(InheritanceTest, ClosingReleasesWhileABareCloneLives) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  const pid_t pid = static_cast<pid_t>(
      ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  ASSERT_NE(pid, -1);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_FALSE(IsLocked("lock"));
  ::kill(pid, SIGKILL);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
}

// A child of vfork(2) closes its descriptors after its parent has been woken.
// The more there are, the longer it takes.
TEST_F(InheritanceTest, ClosingReleasesWhileAChildOfVforkEnds) {
  constexpr int kDescriptors = 50;
  int descriptors[kDescriptors];
  for (int& descriptor : descriptors) {
    descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_NE(descriptor, -1);
  }
  for (int i = 0; i < 200; ++i) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok()) << i << ": " << lock.status();
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    const pid_t pid = ::vfork();
    ASSERT_NE(pid, -1);
    if (pid == 0) ::_exit(0);
    EXPECT_TRUE(lock->Close().ok());
    EXPECT_FALSE(IsLocked("lock")) << i;
    ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  }
  for (const int descriptor : descriptors) ::close(descriptor);
}

// Forks a child that goes on living whenever a file has just been opened, which
// is where another thread's fork hurts most: the child has a copy of the
// descriptor, and nobody knows yet that it carries a lock.
class ForksAfterOpen : public internal::System {
 public:
  ForksAfterOpen(int times, Channel& channel)
      : times_(times), channel_(channel) {}

 protected:
  int DoOpen(const char* path, int flags, unsigned mode) override {
    const int descriptor = System::DoOpen(path, flags, mode);
    if (times_-- > 0 && ::fork() == 0) {
      channel_.Send("alive");
      channel_.Receive();
      ::_exit(0);
    }
    return descriptor;
  }

 private:
  int times_;
  Channel& channel_;
};

TEST_F(InheritanceTest, AChildForkedInTheMidstOfAcquireKeepsNothing) {
  for (int times = 1; times <= 3; ++times) {
    Child holder([times](Channel& channel) {
      ForksAfterOpen system(times, channel);
      const ScopedSystemForTesting scope(&system);
      const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
      channel.Send(lock.ok() ? "held" : "failed");
      while (true) ::pause();
      return 0;
    });
    for (int alive = 0, held = 0; alive < times || held < 1;) {
      const std::string word = holder.channel().Receive();
      ASSERT_TRUE(word == "alive" || word == "held") << word;
      ++(word == "alive" ? alive : held);
    }
    EXPECT_TRUE(IsLocked("lock"));
    holder.Signal(SIGKILL);
    holder.Await();
    EXPECT_FALSE(IsLocked("lock")) << times;
  }
}

// Threads that acquire and close, while another forks children that go on
// living; then the process is killed. All is free, whatever each was doing.
TEST_F(InheritanceTest, ForkingAmidThreadsLeavesNothingBehind) {
  constexpr int kRounds = 5;
  constexpr int kThreads = 3;
  constexpr int kChildren = 30;
  for (int round = 0; round < kRounds; ++round) {
    Child holder([](Channel& channel) {
      std::vector<std::thread> threads;
      threads.reserve(kThreads);
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([path = absl::StrCat("lock", i)] {
          while (true) {
            absl::StatusOr<LockFile> lock = LockFile::Acquire(path);
            CHECK(lock.ok()) << lock.status();
            CHECK(lock->Close().ok());
          }
        });
      }
      AwaitThat([] {
        for (int i = 0; i < kThreads; ++i) {
          if (!Exists(absl::StrCat("lock", i))) return false;
        }
        return true;
      });
      for (int i = 0; i < kChildren; ++i) {
        const pid_t pid = ::fork();
        PCHECK(pid != -1);
        if (pid == 0) {
          channel.Send("alive");
          channel.Receive();
          ::_exit(0);  // The threads aren't here to be joined.
        }
      }
      channel.Send("forked");
      while (true) ::pause();
      return 0;
    });
    // All children have begun, so all have been through the fork handler.
    for (int i = 0; i < kChildren + 1; ++i) {
      ASSERT_NE(holder.channel().Receive(), "");
    }
    holder.Signal(SIGKILL);
    holder.Await();
    for (int i = 0; i < kThreads; ++i) {
      EXPECT_FALSE(IsLocked(absl::StrCat("lock", i)));
    }
  }
}

}  // namespace
}  // namespace lockfile
