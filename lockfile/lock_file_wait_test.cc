// Waiting: until the lock is free or the time is up, whatever happens to the
// waiter and the file meanwhile. Where time matters, it is a made-up one.

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/log_capture.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Time goes by only while somebody sleeps. Neither alarm nor helper could know
// of such a time, so there is none, and the lock is polled for.
class MadeUpTime : public internal::System {
 public:
  int64_t now() const { return now_; }
  int64_t last_attempt() const { return last_attempt_; }
  int looks() const { return looks_; }

  // Runs after each sleep.
  std::function<void()> after_sleep = [] {};
  // Runs after each successful attempt.
  std::function<void()> after_lock = [] {};

 protected:
  int64_t DoMonotonicNanoseconds() override {
    ++looks_;
    return now_;
  }
  int DoFutexWait(const std::atomic<uint32_t>* word, uint32_t expected,
                  int64_t deadline) override {
    CHECK_EQ(word->load(), expected);
    CHECK_GT(deadline, now_);
    CHECK_LE(deadline, now_ + 10'000'000);
    now_ = deadline;
    after_sleep();
    errno = ETIMEDOUT;
    return -1;
  }
  int DoSetFlockAlarm(internal::FlockAlarm&, int64_t) override {
    return ENOSYS;
  }
  int DoStartFlockHelper(internal::FlockHelperBlock*) override {
    return ENOSYS;
  }
  int DoFlock(int descriptor, int operation) override {
    const int result = System::DoFlock(descriptor, operation);
    if ((operation & LOCK_EX) != 0) {
      last_attempt_ = now_;
      if (result == 0) after_lock();
    }
    return result;
  }

 private:
  int64_t now_ = 5'000'000'000;
  int64_t last_attempt_ = 0;
  int looks_ = 0;
};

class WaitTest : public ::testing::Test {
 protected:
  static LockFileOptions Waiting(absl::Duration wait) {
    LockFileOptions options;
    options.wait = wait;
    return options;
  }

  ScopedWorkingDirectory directory_;
  MadeUpTime time_;
};

TEST_F(WaitTest, ZeroOrLessAsksOnceAndLooksAtNoClock) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  for (const absl::Duration wait :
       {absl::ZeroDuration(), absl::Seconds(-1), -absl::InfiniteDuration()}) {
    EXPECT_TRUE(IsRefused(LockFile::Acquire("lock", Waiting(wait)).status()));
  }
  EXPECT_EQ(time_.looks(), 0);
}

TEST_F(WaitTest, EndsNotBeforeTheDeadlineAndWithOneLastAttemptAtIt) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  for (const absl::Duration wait :
       {absl::Nanoseconds(1), absl::Milliseconds(1), absl::Milliseconds(100),
        absl::Seconds(10)}) {
    const int64_t deadline = time_.now() + absl::ToInt64Nanoseconds(wait);
    LogCapture log;
    EXPECT_TRUE(IsRefused(LockFile::Acquire("lock", Waiting(wait)).status()));
    EXPECT_EQ(time_.now(), deadline);
    EXPECT_EQ(time_.last_attempt(), deadline);
    EXPECT_THAT(log.Records(),
                ElementsAre("ERROR Error locking file lock; pid=UNKNOWN"));
  }
}

TEST_F(WaitTest, FreeAtTheLastMomentIsEnough) {
  absl::StatusOr<LockFile> holder = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  const int64_t deadline = time_.now() + 100'000'000;
  time_.after_sleep = [&] {
    if (time_.now() == deadline) {
      EXPECT_TRUE(holder->Close().ok());
    }
  };
  LogCapture log;
  const absl::StatusOr<LockFile> lock =
      LockFile::Acquire("lock", Waiting(absl::Milliseconds(100)));
  EXPECT_TRUE(lock.ok()) << lock.status();
  EXPECT_THAT(log.Records(), IsEmpty());
}

TEST_F(WaitTest, EndsSoonAfterTheRelease) {
  absl::StatusOr<LockFile> holder = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  const int64_t release = time_.now() + 3'000'000'000;
  time_.after_sleep = [&] {
    if (time_.now() >= release) {
      EXPECT_TRUE(holder->Close().ok());
    }
  };
  const absl::StatusOr<LockFile> lock =
      LockFile::Acquire("lock", Waiting(absl::Hours(1)));
  EXPECT_TRUE(lock.ok()) << lock.status();
  EXPECT_LE(time_.now(), release + 10'000'000);
}

TEST_F(WaitTest, AVeryLongWaitIsNotCutShort) {
  absl::StatusOr<LockFile> holder = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  int sleeps = 0;
  time_.after_sleep = [&] {
    if (++sleeps == 5) {
      EXPECT_TRUE(holder->Close().ok());
    }
  };
  EXPECT_TRUE(
      LockFile::Acquire("lock", Waiting(absl::Hours(24) * 365 * 1000000000.0))
          .ok());
}

TEST_F(WaitTest, GivesUpInRealTime) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  EXPECT_TRUE(IsRefused(
      LockFile::Acquire("lock", Waiting(absl::Milliseconds(20))).status()));
}

// The waiter turns to the new file when the one it waits for is replaced.
TEST_F(WaitTest, FollowsThePathWhenTheFileIsReplaced) {
  const absl::StatusOr<LockFile> holder = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&time_);
  time_.after_sleep = [] {
    ASSERT_EQ(::rename("lock", "removed"), 0);
    WriteFile("lock", "");
  };
  const absl::StatusOr<LockFile> lock =
      LockFile::Acquire("lock", Waiting(absl::Seconds(1)));
  EXPECT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_TRUE(IsLocked("removed"));
}

// py-filelock 574, portalocker 115, gofrs/flock 8: the file was removed between
// the open and the lock, and two held "the" lock.
TEST_F(WaitTest, NeverKeepsALockOnAFileThatIsNoLongerAtThePath) {
  for (const absl::Duration wait :
       {absl::ZeroDuration(), absl::Seconds(1), absl::InfiniteDuration()}) {
    int removals = 0;
    MadeUpTime time;
    time.after_lock = [&removals] {
      if (++removals <= 3) {
        ASSERT_EQ(::unlink("lock"), 0);
      }
      if (removals == 2) WriteFile("lock", "");
    };
    const ScopedSystemForTesting scope(&time);
    const absl::StatusOr<LockFile> lock =
        LockFile::Acquire("lock", Waiting(wait));
    ASSERT_TRUE(lock.ok()) << lock.status();
    EXPECT_EQ(removals, 4);
    EXPECT_TRUE(IsLocked("lock"));
  }
}

TEST_F(WaitTest, GivesUpWhenTheFileIsReplacedForEver) {
  time_.after_lock = [] { ASSERT_EQ(::unlink("lock"), 0); };
  const ScopedSystemForTesting scope(&time_);
  const int descriptors = CountDescriptors();
  LogCapture log;
  EXPECT_EQ(LockFile::Acquire("lock").status().code(),
            absl::StatusCode::kAborted);
  EXPECT_THAT(log.Records(), IsEmpty());
  EXPECT_EQ(CountDescriptors(), descriptors);
}

// A child that waits, and says when it has the lock.
class Waiter {
 public:
  explicit Waiter(absl::Duration wait)
      : child_([wait](Channel& channel) {
          struct sigaction action = {};
          action.sa_handler = [](int) {};
          CHECK_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
          channel.Send("waiting");
          LockFileOptions options;
          options.wait = wait;
          const absl::StatusOr<LockFile> lock =
              LockFile::Acquire("lock", options);
          channel.Send(lock.ok() ? "held" : lock.status().message());
          channel.Receive();
          return 0;
        }) {
    CHECK_EQ(child_.channel().Receive(), "waiting");
  }

  Child& operator*() { return child_; }
  Child* operator->() { return &child_; }

 private:
  Child child_;
};

class WaiterTest : public WaitTest,
                   public ::testing::WithParamInterface<absl::Duration> {};

TEST_P(WaiterTest, GetsTheLockWhenItIsReleased) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Waiter waiter(GetParam());
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_P(WaiterTest, GetsTheLockWhenTheHolderIsKilled) {
  std::optional<Child> holder(std::in_place, [](Channel& channel) {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    channel.Send(lock.ok() ? "held" : "failed");
    channel.Receive();
    return 0;
  });
  ASSERT_EQ(holder->channel().Receive(), "held");
  Waiter waiter(GetParam());
  holder.reset();
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_P(WaiterTest, SurvivesAStormOfSignals) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Waiter waiter(GetParam());
  for (int i = 0; i < 1000; ++i) waiter->Signal(SIGUSR1);
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_P(WaiterTest, SurvivesBeingStopped) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Waiter waiter(GetParam());
  for (int i = 0; i < 100; ++i) {
    waiter->Signal(SIGSTOP);
    waiter->Signal(SIGCONT);
  }
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

TEST_P(WaiterTest, HoldsNothingWhenItIsKilled) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Waiter waiter(GetParam());
  waiter->Signal(SIGKILL);
  waiter->Await();
  EXPECT_TRUE(lock->Close().ok());
  // At once, or when the helper has died, too; see flock_helper.h.
  AwaitThat([] { return !IsLocked("lock"); });
}

INSTANTIATE_TEST_SUITE_P(All, WaiterTest,
                         ::testing::Values(absl::Hours(1),
                                           absl::InfiniteDuration()));

}  // namespace
}  // namespace lockfile
