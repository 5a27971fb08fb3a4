// Waiting with a limit by means of a helper: what others do to it.
// internal/flock_helper.h explains.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

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
#include "lockfile/testing/timed_wait.h"

namespace lockfile {
namespace {

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

class HelperTest : public TimedWaitTest {
 protected:
  HelperTest() { UseMechanism(Mechanism::kHelper); }
};

TEST_F(HelperTest, AHelperThatSomebodyKillsIsReplacedAndThenDoneWithout) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(Mechanism::kHelper);
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
TEST_F(HelperTest, AHelperThatSomebodyStopsDoesNotMatter) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(Mechanism::kHelper);
  ASSERT_EQ(::kill(HelperOf(waiter->pid()), SIGSTOP), 0);
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

// Every child forked during the wait lives a life of its own, with waits.
TEST_F(HelperTest, AnotherThreadMayForkMeanwhile) {
  constexpr int kChildren = 30;
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child waiter([](Channel& channel) {
    // The first log record of a process makes what Abseil's log needs, under
    // guards for which a child that is forked meanwhile would wait in vain.
    CHECK(IsRefusedWithin(absl::Milliseconds(1)));
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
TEST_F(HelperTest, AnotherThreadsExecEndsTheHelper) {
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

TEST_F(HelperTest, FollowsThePathWhileItsHelperWaits) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(Mechanism::kHelper);
  AwaitKernelWaiter();
  ASSERT_EQ(::rename("lock", "removed"), 0);
  EXPECT_EQ(waiter->channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_TRUE(IsLocked("removed"));
  EXPECT_EQ(CountKernelWaiters("removed"), 0);
}

// A thread gives up root's rights while another has a helper with them, which
// it may no longer kill.
TEST_F(HelperTest, EndsInTimeThoughTheHelperCannotBeKilled) {
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

TEST_F(HelperTest, WhatTheHelperGetsInItsLastMomentIsHeld) {
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

TEST_F(HelperTest, AHelperWithoutItsParentLocksNothing) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  WrongParent system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(5)));
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_TRUE(AcquireWithin(absl::Hours(1)).ok());
}

}  // namespace
}  // namespace lockfile
