// Waiting with a limit, as it really is done: what the application sees of its
// helper (nothing), what is left of it when somebody dies (nothing), and what
// happens where there can be none. internal/flock_helper.h explains.

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/flock_helper.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

absl::StatusOr<LockFile> AcquireWithin(absl::Duration wait) {
  LockFileOptions options;
  options.wait = wait;
  return LockFile::Acquire("lock", options);
}

bool IsRefusedWithin(absl::Duration wait) {
  return IsRefused(AcquireWithin(wait).status());
}

// Until somebody waits in the kernel; so one who waits with a limit has a
// helper, which does.
void AwaitKernelWaiter() {
  AwaitThat([] { return CountKernelWaiters("lock") == 1; });
}

// Waits for all children, also for those that others have left behind.
void ReapAll() {
  while (::waitpid(-1, nullptr, __WALL) != -1 || errno == EINTR) {
  }
  CHECK_EQ(errno, ECHILD);
}

// The process that waits in the kernel on behalf of `pid`: its only child,
// apart from one that has died and perhaps hasn't been waited for yet.
pid_t HelperOf(pid_t pid, pid_t dead = 0) {
  pid_t helper = 0;
  AwaitThat([pid, dead, &helper] {
    for (const std::string& thread : ListThreads(pid)) {
      const std::string children =
          ReadFile(absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
      if (absl::SimpleAtoi(children, &helper) && helper != dead) return true;
    }
    return false;
  });
  return helper;
}

class TimedWaitTest : public ::testing::Test {
 protected:
  // A child that waits for an hour, says "held" or what went wrong, and lives
  // on. `prepare` runs in it before that.
  static std::unique_ptr<Child> StartWaiter(void (*prepare)()) {
    return std::make_unique<Child>([prepare](Channel& channel) {
      prepare();
      const absl::StatusOr<LockFile> lock = AcquireWithin(absl::Hours(1));
      channel.Send(lock.ok() ? "held" : lock.status().message());
      channel.Receive();
      return 0;
    });
  }

  ScopedWorkingDirectory directory_;
};

TEST_F(TimedWaitTest, WaitsInTheKernelAndGetsTheLock) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {});
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  // What it has is its own, not the helper's.
  waiter->Signal(SIGKILL);
  waiter->Await();
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(TimedWaitTest, IsNotOverBeforeTheDeadline) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  internal::System& system = internal::System::Get();
  for (const absl::Duration wait :
       {absl::Nanoseconds(1), absl::Microseconds(10), absl::Microseconds(100),
        absl::Milliseconds(1), absl::Milliseconds(30)}) {
    for (int i = 0; i < 20; ++i) {
      const absl::Duration deadline = system.Now() + wait;
      EXPECT_TRUE(IsRefusedWithin(wait));
      EXPECT_GE(system.Now(), deadline);
      EXPECT_EQ(CountKernelWaiters("lock"), 0);
    }
  }
  EXPECT_TRUE(IsLocked("lock"));
}

// hazards: a helper with copies of the application's descriptors would keep its
// other locks alive.
TEST_F(TimedWaitTest, KilledAtAnyMomentItLeavesNothing) {
  constexpr int kRounds = 300;
  constexpr int kOthers = 5;
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (int round = 0; round < kRounds; ++round) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok()) << lock.status();
    {
      Child waiter([](Channel& channel) {
        std::vector<LockFile> others;
        others.reserve(kOthers);
        for (int i = 0; i < kOthers; ++i) {
          others.push_back(*LockFile::Acquire(absl::StrCat("other", i)));
        }
        channel.Send("waiting");
        // So that it is also killed at the end of a wait.
        while (true) (void)IsRefusedWithin(absl::Microseconds(200));
        return 0;
      });
      ASSERT_EQ(waiter.channel().Receive(), "waiting");
      // Any moment: it takes about half a millisecond for a wait.
      for (volatile int i = 0; i < round * 1000; i = i + 1) {
      }
      waiter.Signal(SIGKILL);
      waiter.Await();
      for (int i = 0; i < kOthers; ++i) {
        EXPECT_FALSE(IsLocked(absl::StrCat("other", i))) << round;
      }
    }
    ReapAll();
    EXPECT_EQ(CountKernelWaiters("lock"), 0) << round;
    EXPECT_TRUE(lock->Close().ok());
    EXPECT_FALSE(IsLocked("lock")) << round;
  }
}

std::atomic<int> child_signals{0};

// In its own process: a wait that is in vain, then one that isn't.
int CountTracesOfHelpers(Channel& channel) {
  // A sanitizer may have some of its own.
  const size_t threads = ListThreads(::getpid()).size();
  (void)IsRefusedWithin(absl::Milliseconds(5));
  if (::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD) return 1;
  channel.Send("waiting");
  const absl::StatusOr<LockFile> lock = AcquireWithin(absl::Hours(1));
  if (!lock.ok()) return 2;
  // They have no part in the lock any more, and are about to end.
  AwaitThat([] {
    return ::waitpid(-1, nullptr, WNOHANG | __WALL) == -1 && errno == ECHILD;
  });
  AwaitThat([threads] { return ListThreads(::getpid()).size() == threads; });
  return child_signals == 0 ? 0 : 3;
}

class DispositionTest : public TimedWaitTest,
                        public ::testing::WithParamInterface<int> {};

// util-linux 60cd48bd1 hung with SIGCHLD ignored.
TEST_P(DispositionTest, NoSignalNoZombieNoThreadIsLeft) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    struct sigaction action = {};
    switch (GetParam()) {
      case 0:
        action.sa_handler = [](int) { ++child_signals; };
        break;
      case 1:
        action.sa_handler = SIG_IGN;
        break;
      case 2:
        action.sa_handler = [](int) { ++child_signals; };
        action.sa_flags = SA_NOCLDWAIT | SA_NOCLDSTOP;
        break;
      default:
        action.sa_handler = SIG_DFL;
        break;
    }
    PCHECK(::sigaction(SIGCHLD, &action, nullptr) == 0);
    return CountTracesOfHelpers(channel);
  });
  ASSERT_EQ(waiter.channel().Receive(), "waiting");
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(ExitStatus(waiter.Await()), 0);
}

INSTANTIATE_TEST_SUITE_P(All, DispositionTest, ::testing::Range(0, 4));

TEST_F(TimedWaitTest, SignalsGoToTheApplication) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    PCHECK(::sigaction(SIGUSR1, &action, nullptr) == 0);
    // A group of its own, which the helper belongs to.
    PCHECK(::setpgid(0, 0) == 0);
  });
  AwaitKernelWaiter();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(::kill(-waiter->pid(), SIGUSR1), 0);
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(::kill(-waiter->pid(), SIGSTOP), 0);
    ASSERT_EQ(::kill(-waiter->pid(), SIGCONT), 0);
  }
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_F(TimedWaitTest, AHelperThatSomebodyKillsIsReplacedAndThenDoneWithout) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {});
  pid_t helper = 0;
  for (int i = 0; i < 3; ++i) {
    helper = HelperOf(waiter->pid(), helper);
    ASSERT_EQ(::kill(helper, SIGKILL), 0);
    AwaitDeath(helper);
  }
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

// A helper that is stopped, and never continued, doesn't keep the lock away.
TEST_F(TimedWaitTest, AHelperThatSomebodyStopsDoesNotMatter) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {});
  ASSERT_EQ(::kill(HelperOf(waiter->pid()), SIGSTOP), 0);
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_F(TimedWaitTest, WorksWithManyDescriptors) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {
    constexpr rlim_t kMany = 60000;
    struct rlimit limit = {};
    PCHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = std::min(limit.rlim_max, kMany);
    PCHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    // All but ten, so that the lock's descriptor is among the last.
    std::vector<int> taken;
    while (true) {
      const int descriptor = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
      if (descriptor == -1) break;
      taken.push_back(descriptor);
    }
    for (int i = 0; i < 10; ++i) ::close(taken[taken.size() - 1 - i]);
  });
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_F(TimedWaitTest, WorksWithTheLowestDescriptor) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] { ::close(0); });
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_F(TimedWaitTest, WorksWithMuchMemory) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {
    constexpr size_t kSize = size_t{4} << 30;
    char* const memory = static_cast<char*>(
        ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    PCHECK(memory != MAP_FAILED);
    for (size_t i = 0; i < kSize; i += kSize / 4096) memory[i] = 1;
  });
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

// Every child forked during the wait lives a life of its own, with waits.
TEST_F(TimedWaitTest, AnotherThreadMayForkMeanwhile) {
  constexpr int kChildren = 30;
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    std::atomic<bool> over{false};
    std::thread thread([&over] {
      while (IsRefusedWithin(absl::Milliseconds(1))) {
      }
      over = true;
    });
    for (int i = 0; i < kChildren; ++i) {
      const pid_t pid = ::fork();
      PCHECK(pid != -1);
      if (pid == 0) {
        const bool own = LockFile::Acquire(absl::StrCat("own", i)).ok();
        ::_exit(own && IsRefusedWithin(absl::Milliseconds(1)) ? 0 : 1);
      }
      AwaitDeath(pid);
      int status = 0;
      PCHECK(::waitpid(pid, &status, 0) == pid);
      CHECK_EQ(status, 0);
    }
    channel.Send("forked");
    thread.join();
    return over ? 0 : 1;
  });
  EXPECT_EQ(waiter.channel().Receive(), "forked");
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(ExitStatus(waiter.Await()), 0);
}

// One that waits while another thread makes the process another program.
TEST_F(TimedWaitTest, AnotherThreadsExecEndsTheHelper) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    std::thread thread([] { (void)AcquireWithin(absl::Hours(1)); });
    channel.Receive();
    ::execlp("sleep", "sleep", "100000", nullptr);
    return 1;
  });
  AwaitKernelWaiter();
  waiter.channel().Send("go");
  AwaitThat([] { return CountKernelWaiters("lock") == 0; });
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_FALSE(IsLocked("lock"));
  EXPECT_EQ(::waitpid(waiter.pid(), nullptr, WNOHANG), 0) << "it has ended";
}

TEST_F(TimedWaitTest, FollowsThePathWhileItsHelperWaits) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter([] {});
  AwaitKernelWaiter();
  ASSERT_EQ(::rename("lock", "removed"), 0);
  EXPECT_EQ(waiter->channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_TRUE(IsLocked("removed"));
  EXPECT_EQ(CountKernelWaiters("removed"), 0);
}

// --- Where a system call is refused ------------------------------------------

// From now on `call` fails with EPERM in this process, as in many a container.
void Forbid(int call) {
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {
      sizeof(instructions) / sizeof(instructions[0]), instructions};
  PCHECK(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  PCHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

struct ForbiddenCall {
  const char* name;
  int number;
};

class ForbiddenCallTest : public TimedWaitTest,
                          public ::testing::WithParamInterface<ForbiddenCall> {
};

TEST_P(ForbiddenCallTest, TheWaitEndsAllTheSame) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    Forbid(GetParam().number);
    channel.Send(IsRefusedWithin(absl::Milliseconds(20)) ? "refused" : "not");
    const absl::StatusOr<LockFile> mine = AcquireWithin(absl::Hours(1));
    channel.Send(mine.ok() ? "held" : mine.status().message());
    channel.Receive();
    return 0;
  });
  EXPECT_EQ(waiter.channel().Receive(), "refused");
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter.channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  waiter.channel().Send("leave");
  EXPECT_EQ(ExitStatus(waiter.Await()), 0);
  EXPECT_TRUE(AcquireWithin(absl::Minutes(1)).ok());
}

INSTANTIATE_TEST_SUITE_P(
    All, ForbiddenCallTest,
    ::testing::Values(ForbiddenCall{"Clone", SYS_clone},
                      ForbiddenCall{"CloseRange", SYS_close_range},
                      ForbiddenCall{"Wait4", SYS_wait4},
                      ForbiddenCall{"Prctl", SYS_prctl},
                      ForbiddenCall{"Getppid", SYS_getppid},
                      ForbiddenCall{"Kill", SYS_kill},
                      ForbiddenCall{"SchedYield", SYS_sched_yield},
                      ForbiddenCall{"Futex", SYS_futex},
                      ForbiddenCall{"Sigprocmask", SYS_rt_sigprocmask}),
    [](const auto& info) { return info.param.name; });

// A thread gives up root's rights while another has a helper with them, which
// it may no longer kill.
TEST_F(TimedWaitTest, EndsInTimeThoughTheHelperCannotBeKilled) {
  constexpr uid_t kNobody = 65534;
  Child trial([](Channel&) {
    return ::getuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0 ? 0
                                                                          : 1;
  });
  if (ExitStatus(trial.Await()) != 0) GTEST_SKIP() << "needs two users";
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    Cancellation cancel;
    LockFileOptions options;
    options.wait = absl::InfiniteDuration();
    options.cancel = &cancel;
    absl::Status status;
    std::thread thread([&options, &status] {
      status = LockFile::Acquire("lock", options).status();
    });
    AwaitKernelWaiter();
    PCHECK(::setresuid(kNobody, kNobody, kNobody) == 0);
    cancel.Cancel();
    thread.join();
    channel.Send(absl::StatusCodeToString(status.code()));
    channel.Receive();
    return 0;
  });
  EXPECT_EQ(waiter.channel().Receive(), "CANCELLED");
  EXPECT_TRUE(lock->Close().ok());
  // The helper has it for a moment.
  EXPECT_TRUE(AcquireWithin(absl::Minutes(1)).ok());
}

// hazards: "freed before the deadline and still refused after it".
class ReleasesBeforeTheKill : public internal::System {
 public:
  explicit ReleasesBeforeTheKill(LockFile& lock) : lock_(lock) {}

 protected:
  int DoKill(int64_t pid, int signal) override {
    CHECK_OK(lock_.Close());
    AwaitThat([] { return CountKernelWaiters("lock") == 0; });
    return System::DoKill(pid, signal);
  }

 private:
  LockFile& lock_;
};

TEST_F(TimedWaitTest, WhatTheHelperGetsInItsLastMomentIsHeld) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  ReleasesBeforeTheKill system(*lock);
  const ScopedSystemForTesting scope(&system);
  const absl::StatusOr<LockFile> mine = AcquireWithin(absl::Milliseconds(20));
  EXPECT_TRUE(mine.ok()) << mine.status();
  EXPECT_FALSE(lock->IsHeld());
  EXPECT_TRUE(IsLocked("lock"));
}

// A process that the helper would take for a stranger: it goes at once.
class WrongParent : public internal::System {
 protected:
  int DoStartFlockHelper(internal::FlockHelperBlock* block) override {
    block->process = 1;
    return System::DoStartFlockHelper(block);
  }
};

TEST_F(TimedWaitTest, AHelperWithoutItsParentLocksNothing) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  WrongParent system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(5)));
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_TRUE(AcquireWithin(absl::Hours(1)).ok());
}

}  // namespace
}  // namespace lockfile
