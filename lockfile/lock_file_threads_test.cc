// Several threads of one process that wait for one lock, and waits that are
// given up from another thread.

#include <errno.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/flock_helper.h"
#include "lockfile/internal/system.h"
#include "lockfile/internal/wait_queue.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/log_capture.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LockFileOptions Waiting(absl::Duration wait,
                        const Cancellation* cancel = nullptr) {
  LockFileOptions options;
  options.wait = wait;
  options.cancel = cancel;
  return options;
}

// Until so many threads of this process wait.
void AwaitQueueOf(int threads) {
  AwaitThat([threads] { return internal::QueuePlace::Taken() == threads; });
}

// A thread that acquires a lock. Its status may be had when it is through.
class Acquirer {
 public:
  Acquirer(std::string path, const LockFileOptions& options)
      : thread_([this, path = std::move(path), options] {
          lock_ = LockFile::Acquire(path, options);
        }) {}
  Acquirer(const Acquirer&) = delete;
  Acquirer& operator=(const Acquirer&) = delete;
  ~Acquirer() {
    if (thread_.joinable()) thread_.join();
  }

  absl::StatusOr<LockFile>& Await() {
    thread_.join();
    return *lock_;
  }

 private:
  std::optional<absl::StatusOr<LockFile>> lock_;
  std::thread thread_;
};

class ThreadsTest : public ::testing::TestWithParam<absl::Duration> {
 protected:
  ScopedWorkingDirectory directory_;
};

TEST_P(ThreadsTest, AreServedInTheOrderInWhichTheyCame) {
  constexpr int kThreads = 10;
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  std::vector<int> order;  // Guarded by the lock.
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&order, i] {
      const absl::StatusOr<LockFile> mine =
          LockFile::Acquire("lock", Waiting(GetParam()));
      CHECK(mine.ok()) << mine.status();
      order.push_back(i);
    });
    AwaitQueueOf(i + 1);
  }
  AwaitThat([] { return CountKernelWaiters("lock") == 1; });
  // One that only tries doesn't queue.
  EXPECT_TRUE(IsRefused(LockFile::Acquire("lock").status()));
  EXPECT_TRUE(lock->Close().ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

// They would all be in one queue if it were for the process, or by name.
TEST_P(ThreadsTest, QueueForEachFileWhateverItsName) {
  WriteFile("lock", "");
  ASSERT_EQ(::link("lock", "alias"), 0);
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  absl::StatusOr<LockFile> other = LockFile::Acquire("other");
  Acquirer for_lock("lock", Waiting(GetParam()));
  AwaitQueueOf(1);
  Acquirer for_alias("alias", Waiting(GetParam()));
  AwaitQueueOf(2);
  Acquirer for_other("other", Waiting(GetParam()));
  AwaitThat([] { return CountKernelWaiters("other") == 1; });
  AwaitThat([] { return CountKernelWaiters("lock") == 1; });
  EXPECT_TRUE(other->Close().ok());
  EXPECT_TRUE(for_other.Await().ok());
  EXPECT_TRUE(lock->Close().ok());
  absl::StatusOr<LockFile>& first = for_lock.Await();
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(first->Close().ok());
  EXPECT_TRUE(for_alias.Await().ok());
}

TEST_P(ThreadsTest, OneWhoGivesUpMakesRoom) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Cancellation cancel;
  Acquirer first("lock", Waiting(GetParam(), &cancel));
  AwaitQueueOf(1);
  Acquirer second("lock", Waiting(absl::Milliseconds(10)));
  Acquirer third("lock", Waiting(GetParam()));
  EXPECT_TRUE(IsRefused(second.Await().status()));
  AwaitQueueOf(2);
  cancel.Cancel();
  EXPECT_EQ(first.Await().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_TRUE(third.Await().ok());
}

// The child's threads are gone, and with them their places.
TEST_P(ThreadsTest, AForkedChildHasAQueueOfItsOwn) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Acquirer first("lock", Waiting(GetParam()));
  AwaitQueueOf(1);
  Acquirer second("lock", Waiting(GetParam()));
  AwaitQueueOf(2);
  Child child([](Channel& channel) {
    if (internal::QueuePlace::Taken() != 0) return 1;
    if (!IsRefused(LockFile::Acquire("lock", Waiting(absl::Milliseconds(1)))
                       .status())) {
      return 2;
    }
    channel.Send("waiting");
    return LockFile::Acquire("lock", Waiting(absl::Hours(1))).ok() ? 0 : 3;
  });
  EXPECT_EQ(child.channel().Receive(), "waiting");
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_TRUE(first.Await()->Close().ok());
  EXPECT_TRUE(second.Await()->Close().ok());
  EXPECT_EQ(ExitStatus(child.Await()), 0);
}

TEST_P(ThreadsTest, ACancelledWaitEndsAndHoldsAndLogsNothing) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const int descriptors = CountDescriptors();
  LogCapture log;
  Cancellation cancel;
  Acquirer first("lock", Waiting(GetParam(), &cancel));
  Acquirer second("lock", Waiting(GetParam(), &cancel));
  AwaitQueueOf(2);
  AwaitThat([] { return CountKernelWaiters("lock") == 1; });
  cancel.Cancel();
  for (Acquirer* const acquirer : {&first, &second}) {
    const absl::Status status = acquirer->Await().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
    EXPECT_FALSE(IsRefused(status));
  }
  EXPECT_EQ(CountKernelWaiters("lock"), 0);
  EXPECT_EQ(CountDescriptors(), descriptors);
  EXPECT_THAT(log.Records(), IsEmpty());
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_FALSE(IsLocked("lock"));
  EXPECT_TRUE(LockFile::Acquire("lock").ok());
}

// py-filelock 686: a cancelled waiter's claim persisted. Here the lock becomes
// free before the waiter has had time to notice.
TEST_P(ThreadsTest, WhoWasCancelledBeforeTheReleaseDoesNotGetTheLock) {
  for (int round = 0; round < 50; ++round) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok()) << lock.status();
    Cancellation cancel;
    Acquirer waiter("lock", Waiting(GetParam(), &cancel));
    AwaitQueueOf(1);
    cancel.Cancel();
    EXPECT_TRUE(lock->Close().ok());
    EXPECT_EQ(waiter.Await().status().code(), absl::StatusCode::kCancelled);
    EXPECT_FALSE(IsLocked("lock"));
  }
}

TEST_P(ThreadsTest, OneThatIsCancelledAlreadyDoesNotBegin) {
  Cancellation cancel;
  EXPECT_FALSE(cancel.IsCancelled());
  EXPECT_TRUE(LockFile::Acquire("lock", Waiting(GetParam(), &cancel)).ok());
  cancel.Cancel();
  cancel.Cancel();
  EXPECT_TRUE(cancel.IsCancelled());
  EXPECT_EQ(
      LockFile::Acquire("new", Waiting(GetParam(), &cancel)).status().code(),
      absl::StatusCode::kCancelled);
  EXPECT_EQ(LockFile::Acquire("new", Waiting(absl::ZeroDuration(), &cancel))
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_FALSE(Exists("new"));
}

class NoHelper : public internal::System {
 protected:
  int DoStartFlockHelper(internal::FlockHelperBlock*) override { return EPERM; }
};

TEST_P(ThreadsTest, CanBeCancelledWithoutAHelperToo) {
  NoHelper system;
  const ScopedSystemForTesting scope(&system);
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Cancellation cancel;
  Acquirer waiter("lock", Waiting(GetParam(), &cancel));
  AwaitQueueOf(1);
  EXPECT_EQ(CountKernelWaiters("lock"), 0);
  cancel.Cancel();
  EXPECT_EQ(waiter.Await().status().code(), absl::StatusCode::kCancelled);
}

// Everything at once, on two files; whoever has the lock is alone.
TEST_P(ThreadsTest, TakeTurnsInACrowd) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 50;
  int inside[2] = {0, 0};  // Each guarded by its lock.
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&inside, i] {
      for (int round = 0; round < kRounds; ++round) {
        const int which = (i + round) % 2;
        const absl::StatusOr<LockFile> lock =
            LockFile::Acquire(absl::StrCat("lock", which), Waiting(GetParam()));
        CHECK(lock.ok()) << lock.status();
        CHECK_EQ(++inside[which], 1);
        CHECK_EQ(--inside[which], 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(internal::QueuePlace::Taken(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, ThreadsTest,
                         ::testing::Values(absl::Hours(1),
                                           absl::InfiniteDuration()));

}  // namespace
}  // namespace lockfile
