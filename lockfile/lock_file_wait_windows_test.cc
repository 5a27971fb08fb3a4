// Waiting on Windows. Its queue for a lock is tested through the seam, since
// Wine has none, and on Wine itself waiters ask again and again.

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>  // NOLINT(build/c++11): a thread that cancels
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/log_capture.h"
#include "lockfile/testing/process_windows.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

using ::testing::IsEmpty;

using LockFileWaitWindowsTest = LockFileWindowsTest;

// The status of a wait without a limit, which is called off once `await`
// returns.
absl::Status StatusOfCancelled(const std::string& path,
                               const std::function<void()>& await) {
  Cancellation cancellation;
  LockFileOptions options;
  options.wait = absl::InfiniteDuration();
  options.cancel = &cancellation;
  std::thread other([&] {
    await();
    cancellation.Cancel();
  });
  const absl::Status status = LockFile::Acquire(path, options).status();
  other.join();
  return status;
}

TEST_F(LockFileWaitWindowsTest, WaitIsRefusedWhenItsTimeIsUp) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  LogCapture log;
  const absl::Time began = absl::Now();
  const absl::Status refused = Acquire(path_, absl::Milliseconds(300)).status();
  const absl::Duration took = absl::Now() - began;
  EXPECT_TRUE(IsRefused(refused)) << refused;
  EXPECT_GE(took, absl::Milliseconds(290));
  EXPECT_LT(took, absl::Seconds(5));
  EXPECT_EQ(log.Records().size(), 1u);
}

TEST_F(LockFileWaitWindowsTest, WaiterGetsTheLockOfAnEndedProcess) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Child waiter(absl::StrCat("wait ", path_));
  ASSERT_EQ(waiter.Line(), "waiting");
  holder.Kill();
  EXPECT_EQ(waiter.Line(), "held");
}

TEST_F(LockFileWaitWindowsTest, ThreadsOfOneProcessTakeTurns) {
  int counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        absl::StatusOr<LockFile> lock =
            Acquire(path_, absl::InfiniteDuration());
        ASSERT_TRUE(lock.ok()) << lock.status();
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, 80);
}

// Tells when somebody waits: he asks for a lock again, or leaves a request.
class Waits : public internal::System {
 public:
  void Await() { waits_.WaitForNotification(); }

 protected:
  bool DoLock(void* handle) override { return Count(System::DoLock(handle)); }
  bool DoBeginLock(void* handle, void* overlapped) override {
    return Count(System::DoBeginLock(handle, overlapped));
  }

 private:
  bool Count(bool locked) {
    const DWORD error = ::GetLastError();
    if (++tries_ == 2) waits_.Notify();
    ::SetLastError(error);
    return locked;
  }

  std::atomic<int> tries_{0};
  absl::Notification waits_;
};

TEST_F(LockFileWaitWindowsTest, CancelledWaitEndsWithoutARecord) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Waits waits;
  const ScopedSystemForTesting scoped(&waits);
  LogCapture log;
  const absl::Status status = StatusOfCancelled(path_, [&] { waits.Await(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_THAT(log.Records(), IsEmpty());
  holder.Kill();
  EXPECT_TRUE(Acquire(path_, absl::Seconds(10)).ok());
}

// Windows' queue for a lock, which Wine hasn't: a thread for each request takes
// the lock on its handle when it can, and tells the end as Windows does.
class Requests : public internal::System {
 public:
  ~Requests() override {
    for (std::thread& thread : threads_) thread.join();
  }

  int made() const { return made_; }
  int cancelled() const { return cancelled_; }
  void AwaitRequest() { requested_.WaitForNotification(); }
  // Until the path was looked at with a request under way.
  void AwaitLook() { looked_.WaitForNotification(); }

 protected:
  bool DoBeginLock(void* handle, void* overlapped) override {
    auto* const request = static_cast<OVERLAPPED*>(overlapped);
    request->Internal = kPending;
    ++made_;
    threads_.emplace_back([this, handle, request] {
      // The first of this and DoCancelLock ends it.
      while (true) {
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          if (request->Internal != kPending) break;
          if (DoLock(handle)) {
            request->Internal = 0;
            break;
          }
        }
        ::Sleep(1);
      }
      ::SetEvent(request->hEvent);
    });
    if (made_ == 1) requested_.Notify();
    ::SetLastError(ERROR_IO_PENDING);
    return false;
  }

  void* DoCreateFile(const wchar_t* path, uint32_t access, uint32_t disposition,
                     uint32_t flags) override {
    void* const handle = System::DoCreateFile(path, access, disposition, flags);
    const DWORD error = ::GetLastError();
    if (made_ > 0 && !looked_.HasBeenNotified()) looked_.Notify();
    ::SetLastError(error);
    return handle;
  }

  void DoCancelLock(void* /*handle*/, void* overlapped) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++cancelled_;
    auto* const request = static_cast<OVERLAPPED*>(overlapped);
    if (request->Internal == kPending) request->Internal = kCancelledStatus;
  }

 private:
  static constexpr ULONG_PTR kPending = 0x103;
  static constexpr ULONG_PTR kCancelledStatus = 0xC0000120;

  std::mutex mutex_;
  std::vector<std::thread> threads_;  // One test's requests come one by one.
  int made_ = 0;
  int cancelled_ = 0;
  absl::Notification requested_;
  absl::Notification looked_;
};

TEST_F(LockFileWaitWindowsTest, RequestThatIsGrantedEndsTheWait) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Requests requests;
  const ScopedSystemForTesting scoped(&requests);
  std::thread killer([&] {
    // It stays in the queue when it looks at the path.
    requests.AwaitLook();
    holder.Kill();
  });
  const absl::StatusOr<LockFile> lock =
      Acquire(path_, absl::InfiniteDuration());
  killer.join();
  EXPECT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(requests.made(), 1);
  EXPECT_EQ(requests.cancelled(), 0);
  EXPECT_TRUE(IsRefused(Acquire(path_).status()));
}

TEST_F(LockFileWaitWindowsTest, RequestIsCalledOffWhenTheTimeIsUp) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Requests requests;
  const ScopedSystemForTesting scoped(&requests);
  EXPECT_TRUE(IsRefused(Acquire(path_, absl::Milliseconds(50)).status()));
  EXPECT_EQ(requests.made(), 1);
  EXPECT_EQ(requests.cancelled(), 1);
  holder.Kill();
  EXPECT_TRUE(Acquire(path_, absl::Seconds(10)).ok());
}

TEST_F(LockFileWaitWindowsTest, RequestIsCalledOffWithTheWait) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Requests requests;
  const ScopedSystemForTesting scoped(&requests);
  EXPECT_TRUE(absl::IsCancelled(
      StatusOfCancelled(path_, [&] { requests.AwaitRequest(); })));
  EXPECT_EQ(requests.cancelled(), 1);
}

// A request that is granted while it is called off is given back.
class GrantedTooLate : public Requests {
 protected:
  void DoCancelLock(void* handle, void* overlapped) override {
    auto* const request = static_cast<OVERLAPPED*>(overlapped);
    holder->Kill();
    ::WaitForSingleObject(request->hEvent, INFINITE);
    Requests::DoCancelLock(handle, overlapped);
  }

 public:
  Child* holder = nullptr;
};

TEST_F(LockFileWaitWindowsTest,
       LockThatIsGrantedAtTheLastMomentIsHadOrGivenBack) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  GrantedTooLate requests;
  requests.holder = &holder;
  const ScopedSystemForTesting scoped(&requests);
  {
    // The last attempt gets what the request has given back.
    const absl::StatusOr<LockFile> lock =
        Acquire(path_, absl::Milliseconds(50));
    EXPECT_TRUE(lock.ok()) << lock.status();
  }
  EXPECT_TRUE(Acquire(path_).ok());
}

// The wait was called off, so the lock is given back.
TEST_F(LockFileWaitWindowsTest, LockThatIsGrantedToACancelledWaitIsGivenBack) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  GrantedTooLate requests;
  requests.holder = &holder;
  const ScopedSystemForTesting scoped(&requests);
  EXPECT_TRUE(absl::IsCancelled(
      StatusOfCancelled(path_, [&] { requests.AwaitRequest(); })));
  EXPECT_EQ(requests.cancelled(), 1);
  EXPECT_TRUE(Acquire(path_).ok());
}

}  // namespace
}  // namespace lockfile
