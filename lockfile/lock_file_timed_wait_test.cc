// Waiting with a limit, as it really is done: what the application sees of it
// (nothing), what is left when somebody dies (nothing), and what happens where
// system calls are refused. Of either mechanism; those that concern one only
// are tested in lock_file_alarm_test.cc and lock_file_helper_test.cc.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <tuple>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/timed_wait.h"

namespace lockfile {
namespace {

// Waits for all children, also for those that others have left behind.
void ReapAll() {
  while (::waitpid(-1, nullptr, __WALL) != -1 || errno == EINTR) {
  }
  CHECK_EQ(errno, ECHILD);
}

class EachMechanismTest : public TimedWaitTest,
                          public ::testing::WithParamInterface<Mechanism> {};

INSTANTIATE_TEST_SUITE_P(All, EachMechanismTest,
                         ::testing::Values(Mechanism::kAlarm,
                                           Mechanism::kHelper),
                         &NameOf);

TEST_P(EachMechanismTest, WaitsInTheKernelAndGetsTheLock) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(GetParam());
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  // The lock is the waiter's own, not the helper's.
  waiter->Signal(SIGKILL);
  waiter->Await();
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_P(EachMechanismTest, IsNotOverBeforeTheDeadline) {
  UseMechanism(GetParam());
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
TEST_P(EachMechanismTest, KilledAtAnyMomentItLeavesNothing) {
  constexpr int kRounds = 300;
  constexpr int kOthers = 5;
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (int round = 0; round < kRounds; ++round) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok()) << lock.status();
    {
      Child waiter([](Channel& channel) {
        UseMechanism(GetParam());
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

TEST_P(EachMechanismTest, SignalsGoToTheApplication) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(GetParam(), [] {
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

TEST_P(EachMechanismTest, WorksWithManyDescriptors) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(GetParam(), [] {
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

TEST_P(EachMechanismTest, WorksWithTheLowestDescriptor) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter =
      StartWaiter(GetParam(), [] { ::close(0); });
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_P(EachMechanismTest, WorksWithMuchMemory) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(GetParam(), [] {
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

std::atomic<int> child_signals{0};

// In its own process: a wait that is in vain, then one that isn't.
int CountTraces(Channel& channel) {
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

class DispositionTest
    : public TimedWaitTest,
      public ::testing::WithParamInterface<std::tuple<Mechanism, int>> {};

// util-linux 60cd48bd1 hung with SIGCHLD ignored.
TEST_P(DispositionTest, NoSignalNoZombieNoThreadIsLeft) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    UseMechanism(std::get<0>(GetParam()));
    struct sigaction action = {};
    switch (std::get<1>(GetParam())) {
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
    return CountTraces(channel);
  });
  ASSERT_EQ(waiter.channel().Receive(), "waiting");
  AwaitKernelWaiter();
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(ExitStatus(waiter.Await()), 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, DispositionTest,
    ::testing::Combine(::testing::Values(Mechanism::kAlarm, Mechanism::kHelper),
                       ::testing::Range(0, 4)));

// --- Where a system call is refused ------------------------------------------

struct ForbiddenCall {
  const char* name;
  int number;
};

class ForbiddenCallTest : public TimedWaitTest,
                          public ::testing::WithParamInterface<
                              std::tuple<Mechanism, ForbiddenCall>> {};

TEST_P(ForbiddenCallTest, TheWaitEndsAllTheSame) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    UseMechanism(std::get<0>(GetParam()));
    Forbid(std::get<1>(GetParam()).number);
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
    ::testing::Combine(
        ::testing::Values(Mechanism::kAlarm, Mechanism::kHelper),
        ::testing::Values(ForbiddenCall{"Clone", SYS_clone},
                          ForbiddenCall{"CloseRange", SYS_close_range},
                          ForbiddenCall{"Fstatfs", SYS_fstatfs},
                          ForbiddenCall{"Futex", SYS_futex},
                          ForbiddenCall{"Getppid", SYS_getppid},
                          ForbiddenCall{"Gettid", SYS_gettid},
                          ForbiddenCall{"Kill", SYS_kill},
                          ForbiddenCall{"Prctl", SYS_prctl},
                          ForbiddenCall{"SchedYield", SYS_sched_yield},
                          ForbiddenCall{"Sigaction", SYS_rt_sigaction},
                          ForbiddenCall{"Sigprocmask", SYS_rt_sigprocmask},
                          ForbiddenCall{"TimerCreate", SYS_timer_create},
                          ForbiddenCall{"TimerDelete", SYS_timer_delete},
                          ForbiddenCall{"TimerSettime", SYS_timer_settime},
                          ForbiddenCall{"Wait4", SYS_wait4})),
    [](const auto& info) {
      return absl::StrCat(
          std::get<0>(info.param) == Mechanism::kAlarm ? "Alarm" : "Helper",
          std::get<1>(info.param).name);
    });

}  // namespace
}  // namespace lockfile
