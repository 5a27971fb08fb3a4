// The backend for Windows, as programs of Windows see it. This machine's Linux
// runs it on Wine (e2e/windows/run).
//
// The program is its own child, too: `lock_file_windows_test hold PATH` says
// "held" once it has the lock, and holds it until its input ends.

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>  // NOLINT(build/c++11): a thread that cancels
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/file_windows.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/log_capture.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kRecord[] = "{pid}\n";

bool IsWine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"),
                          "wine_get_version") != nullptr;
}

absl::StatusOr<LockFile> Acquire(absl::string_view path,
                                 absl::Duration wait = absl::ZeroDuration(),
                                 absl::string_view record = "") {
  LockFileOptions options;
  options.wait = wait;
  options.owner_record = std::string(record);
  return LockFile::Acquire(path, options);
}

// This program, started with other arguments. Killed at the end.
class Child {
 public:
  explicit Child(const std::string& arguments) {
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), nullptr, TRUE};
    HANDLE child_input = nullptr;
    HANDLE child_output = nullptr;
    ::CreatePipe(&child_input, &input_, &inherited, 0);
    ::CreatePipe(&output_, &child_output, &inherited, 0);
    ::SetHandleInformation(input_, HANDLE_FLAG_INHERIT, 0);
    ::SetHandleInformation(output_, HANDLE_FLAG_INHERIT, 0);
    char program[MAX_PATH];
    ::GetModuleFileNameA(nullptr, program, sizeof(program));
    std::string command = absl::StrCat("\"", program, "\" ", arguments);
    STARTUPINFOA startup = {};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = child_input;
    startup.hStdOutput = child_output;
    startup.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
    EXPECT_TRUE(::CreateProcessA(nullptr, command.data(), nullptr, nullptr,
                                 /*bInheritHandles=*/TRUE, 0, nullptr, nullptr,
                                 &startup, &process_));
    ::CloseHandle(child_input);
    ::CloseHandle(child_output);
  }
  ~Child() {
    Kill();
    ::CloseHandle(process_.hProcess);
    ::CloseHandle(process_.hThread);
    ::CloseHandle(input_);
    ::CloseHandle(output_);
  }

  int64_t pid() const { return process_.dwProcessId; }

  // The next line that it writes.
  std::string Line() {
    std::string line;
    char c = 0;
    DWORD size = 0;
    while (::ReadFile(output_, &c, 1, &size, nullptr) && size == 1) {
      if (c == '\n') break;
      if (c != '\r') line += c;
    }
    return line;
  }

  void Kill() {
    ::TerminateProcess(process_.hProcess, 9);
    ::WaitForSingleObject(process_.hProcess, INFINITE);
  }

 private:
  HANDLE input_ = nullptr;
  HANDLE output_ = nullptr;
  PROCESS_INFORMATION process_ = {};
};

class LockFileWindowsTest : public ::testing::Test {
 protected:
  LockFileWindowsTest() {
    char folder[MAX_PATH];
    ::GetTempPathA(sizeof(folder), folder);
    static int number = 0;
    folder_ = absl::StrCat(folder, "lockfile-", ::GetCurrentProcessId(), "-",
                           ++number);
    ::CreateDirectoryA(folder_.c_str(), nullptr);
    path_ = folder_ + "\\lock";
  }
  ~LockFileWindowsTest() override {
    ::DeleteFileA(path_.c_str());
    ::RemoveDirectoryA(folder_.c_str());
  }

  HANDLE Open(DWORD access, DWORD share) const {
    return ::CreateFileA(path_.c_str(), access, share, nullptr, OPEN_EXISTING,
                         FILE_ATTRIBUTE_NORMAL, nullptr);
  }

  std::string folder_;
  std::string path_;
};

constexpr DWORD kShareAll =
    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

TEST_F(LockFileWindowsTest, SecondProcessIsRefusedAndToldWhoHolds) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  LogCapture log;
  const absl::Status refused = Acquire(path_).status();
  EXPECT_TRUE(IsRefused(refused)) << refused;
  EXPECT_EQ(HolderPid(refused), holder.pid());
  EXPECT_THAT(log.Records(),
              ElementsAre(absl::StrCat("ERROR Error locking file ", path_,
                                       "; pid=", holder.pid())));
}

TEST_F(LockFileWindowsTest, SecondObjectOfOneProcessIsRefused) {
  const absl::StatusOr<LockFile> lock = Acquire(path_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(IsRefused(Acquire(path_).status()));
}

TEST_F(LockFileWindowsTest, ReleaseFreesAndLeavesTheFile) {
  absl::StatusOr<LockFile> lock = Acquire(path_, {}, kRecord);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(lock->Close(), absl::OkStatus());
  EXPECT_EQ(lock->Close(), absl::OkStatus());
  EXPECT_NE(::GetFileAttributesA(path_.c_str()), INVALID_FILE_ATTRIBUTES);
  Child next(absl::StrCat("hold ", path_));
  EXPECT_EQ(next.Line(), "held");
}

TEST_F(LockFileWindowsTest, DeadHolderHoldsNothing) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  holder.Kill();
  // Windows takes the lock back in its own time ("LockFileEx function").
  const absl::StatusOr<LockFile> lock = Acquire(path_, absl::Seconds(10));
  EXPECT_TRUE(lock.ok()) << lock.status();
}

TEST_F(LockFileWindowsTest, RecordOfTheDeadIsNotBelieved) {
  int64_t dead = 0;
  {
    Child holder(absl::StrCat("hold ", path_));
    ASSERT_EQ(holder.Line(), "held");
    dead = holder.pid();
  }
  // Without a record of its own, so that the old one stays.
  const absl::StatusOr<LockFile> lock = Acquire(path_, absl::Seconds(10));
  ASSERT_TRUE(lock.ok()) << lock.status();
  const absl::Status refused = Acquire(path_).status();
  EXPECT_TRUE(IsRefused(refused));
  EXPECT_NE(HolderPid(refused), dead);
}

TEST_F(LockFileWindowsTest, RecordIsThatOfPosixAndCanBeReadWhileHeld) {
  const absl::StatusOr<LockFile> lock = Acquire(path_, {}, kRecord);
  ASSERT_TRUE(lock.ok()) << lock.status();
  const HANDLE reader = Open(GENERIC_READ, kShareAll);
  ASSERT_NE(reader, INVALID_HANDLE_VALUE);
  char content[64];
  DWORD size = 0;
  EXPECT_TRUE(::ReadFile(reader, content, sizeof(content), &size, nullptr));
  EXPECT_EQ(std::string(content, size),
            absl::StrCat(::GetCurrentProcessId(), "\n"));
  ::CloseHandle(reader);
}

TEST_F(LockFileWindowsTest, LongerContentIsReplacedByTheRecord) {
  const HANDLE file = ::CreateFileA(path_.c_str(), GENERIC_WRITE, 0, nullptr,
                                    CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  const std::string old(500, 'x');
  DWORD size = 0;
  ASSERT_TRUE(::WriteFile(file, old.data(), 500, &size, nullptr));
  ::CloseHandle(file);
  const absl::StatusOr<LockFile> lock =
      Acquire(path_, {}, "{pid} {hostname}\n");
  ASSERT_TRUE(lock.ok()) << lock.status();
  WIN32_FILE_ATTRIBUTE_DATA facts;
  ASSERT_TRUE(
      ::GetFileAttributesExA(path_.c_str(), GetFileExInfoStandard, &facts));
  EXPECT_LT(facts.nFileSizeLow, 300u);
  EXPECT_EQ(HolderPid(Acquire(path_).status()), ::GetCurrentProcessId());
}

TEST_F(LockFileWindowsTest, WaitIsRefusedWhenItsTimeIsUp) {
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

TEST_F(LockFileWindowsTest, WaiterGetsTheLockOfAnEndedProcess) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Child waiter(absl::StrCat("wait ", path_));
  ASSERT_EQ(waiter.Line(), "waiting");
  holder.Kill();
  EXPECT_EQ(waiter.Line(), "held");
}

TEST_F(LockFileWindowsTest, ThreadsOfOneProcessTakeTurns) {
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

TEST_F(LockFileWindowsTest, CancelledWaitEndsWithoutARecord) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Waits waits;
  const ScopedSystemForTesting scoped(&waits);
  LogCapture log;
  Cancellation cancellation;
  LockFileOptions options;
  options.wait = absl::InfiniteDuration();
  options.cancel = &cancellation;
  std::thread other([&] {
    waits.Await();
    cancellation.Cancel();
  });
  const absl::Status status = LockFile::Acquire(path_, options).status();
  other.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_THAT(log.Records(), IsEmpty());
  holder.Kill();
  EXPECT_TRUE(Acquire(path_, absl::Seconds(10)).ok());
}

TEST_F(LockFileWindowsTest, ChildInheritsNothing) {
  absl::StatusOr<LockFile> lock = Acquire(path_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  Child child("idle");  // It inherits all that can be inherited.
  ASSERT_EQ(child.Line(), "idle");
  EXPECT_EQ(lock->Close(), absl::OkStatus());
  EXPECT_TRUE(Acquire(path_).ok());
}

TEST_F(LockFileWindowsTest, ChildOfADeadHolderKeepsNothing) {
  Child holder(absl::StrCat("hold-with-child ", path_));
  // One of them is the grandchild's word.
  const std::vector<std::string> lines = {holder.Line(), holder.Line()};
  ASSERT_THAT(lines, UnorderedElementsAre("held", "idle"));
  EXPECT_TRUE(IsRefused(Acquire(path_).status()));
  holder.Kill();
  EXPECT_TRUE(Acquire(path_, absl::Seconds(10)).ok());
}

TEST_F(LockFileWindowsTest, HeldFileIsNeitherRemovedNorRenamed) {
  const absl::StatusOr<LockFile> lock = Acquire(path_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_FALSE(::DeleteFileA(path_.c_str()));
  EXPECT_EQ(::GetLastError(), DWORD{ERROR_SHARING_VIOLATION});
  EXPECT_FALSE(::MoveFileA(path_.c_str(), (path_ + "2").c_str()));
}

// A file that is removed while somebody has it open is there until that one
// closes it, and can't be opened.
TEST_F(LockFileWindowsTest, FileThatIsBeingRemovedIsAnErrorAndNoRefusal) {
  ASSERT_TRUE(Acquire(path_).ok());
  const HANDLE reader = Open(GENERIC_READ, kShareAll);
  const HANDLE remover = Open(DELETE, kShareAll);
  FILE_DISPOSITION_INFO remove = {TRUE};
  ASSERT_TRUE(::SetFileInformationByHandle(remover, FileDispositionInfo,
                                           &remove, sizeof(remove)));
  absl::Status status = Acquire(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  ::CloseHandle(remover);
  if (!IsWine()) {  // Wine forgets it with this handle.
    status = Acquire(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  ::CloseHandle(reader);
  EXPECT_TRUE(Acquire(path_).ok());
}

// Closes a handle, as virus scanners do, when the file was asked for twice in
// vain.
class Scanner : public internal::System {
 public:
  explicit Scanner(HANDLE alone) : alone_(alone) {}

 protected:
  void* DoCreateFile(const wchar_t* path, uint32_t access, uint32_t disposition,
                     uint32_t flags) override {
    void* const handle = System::DoCreateFile(path, access, disposition, flags);
    const DWORD error = ::GetLastError();
    if (handle == INVALID_HANDLE_VALUE && ++failures_ == 2) {
      ::CloseHandle(alone_);
    }
    ::SetLastError(error);
    return handle;
  }

 private:
  const HANDLE alone_;
  int failures_ = 0;
};

TEST_F(LockFileWindowsTest, FileThatIsSharedWithNobodyIsAnErrorAndNoRefusal) {
  ASSERT_TRUE(Acquire(path_).ok());
  const HANDLE alone = Open(GENERIC_READ, 0);
  ASSERT_NE(alone, INVALID_HANDLE_VALUE);
  EXPECT_EQ(Acquire(path_).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << Acquire(path_).status();
  Scanner scanner(alone);
  const ScopedSystemForTesting scoped(&scanner);
  EXPECT_TRUE(Acquire(path_).ok());
}

TEST_F(LockFileWindowsTest, NamesOfDevicesAreRefused) {
  for (const char* const name :
       {"CON", "nul", "NUL.txt", "aux ", "PRN", "COM1", "com9.lock", "LPT3",
        "COM\xc2\xb9", "CONIN$", "conout$", R"(\\.\PhysicalDrive0)"}) {
    for (const std::string& path : {std::string(name), folder_ + "\\" + name}) {
      const absl::Status status = Acquire(path).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition)
          << path << ": " << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("it is a device"));
      if (absl::StartsWith(name, "\\")) break;
    }
  }
  for (const char* const name : {"CONSOLE", "NULL", "COM", "COM0", "COM10"}) {
    const std::string path = folder_ + "\\" + name;
    EXPECT_TRUE(Acquire(path).ok()) << path;
    ::DeleteFileA(path.c_str());
  }
}

TEST_F(LockFileWindowsTest, LongPathsWork) {
  std::string path = folder_;
  std::vector<std::wstring> folders;
  const auto whole = [](const std::string& long_path) {
    return L"\\\\?\\" + std::wstring(long_path.begin(), long_path.end());
  };
  while (path.size() < 600) {
    absl::StrAppend(&path, "\\", std::string(100, 'f'));
    folders.push_back(whole(path));
    ASSERT_TRUE(::CreateDirectoryW(folders.back().c_str(), nullptr));
  }
  const std::string file = path + "\\lock";
  {
    const absl::StatusOr<LockFile> lock = Acquire(file, {}, kRecord);
    ASSERT_TRUE(lock.ok()) << lock.status();
    EXPECT_EQ(lock->path(), file);
    // Forward slashes and "..", as in short ones.
    EXPECT_TRUE(IsRefused(
        Acquire(path + "/../" + std::string(100, 'f') + "/lock").status()));
    EXPECT_TRUE(IsRefused(Acquire("\\\\?\\" + file).status()));
  }
  EXPECT_TRUE(::DeleteFileW(whole(file).c_str()));
  while (!folders.empty()) {
    EXPECT_TRUE(::RemoveDirectoryW(folders.back().c_str()));
    folders.pop_back();
  }
}

TEST_F(LockFileWindowsTest, OtherThingsThanFilesAreErrors) {
  EXPECT_EQ(Acquire(folder_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Acquire(folder_ + "\\none\\lock").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Acquire("\xff\xfe").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Acquire(folder_ + "\\a*b").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(LockFileWindowsTest, FileThatMayOnlyBeReadIsAnError) {
  if (IsWine()) GTEST_SKIP() << "Wine's server opens all, if it is root's";
  ASSERT_TRUE(Acquire(path_).ok());
  ASSERT_TRUE(::SetFileAttributesA(path_.c_str(), FILE_ATTRIBUTE_READONLY));
  EXPECT_EQ(Acquire(path_).status().code(),
            absl::StatusCode::kPermissionDenied);
  ::SetFileAttributesA(path_.c_str(), FILE_ATTRIBUTE_NORMAL);
}

// Says of each file that it is a reparse point, with a certain tag.
class ReparsePoints : public internal::System {
 public:
  explicit ReparsePoints(uint32_t tag) : tag_(tag) {}

 protected:
  bool DoGetFile(void* handle, internal::WindowsFile* file) override {
    if (!System::DoGetFile(handle, file)) return false;
    file->attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    file->reparse_tag = tag_;
    return true;
  }

 private:
  const uint32_t tag_;
};

TEST_F(LockFileWindowsTest, ReparsePointsAreErrors) {
  ASSERT_TRUE(Acquire(path_).ok());
  for (const auto& [tag, what] :
       {std::pair(IO_REPARSE_TAG_SYMLINK, "a symbolic link"),
        std::pair(IO_REPARSE_TAG_MOUNT_POINT, "a symbolic link"),
        std::pair(IO_REPARSE_TAG_HSM, "something else")}) {
    ReparsePoints system(static_cast<uint32_t>(tag));
    const ScopedSystemForTesting scoped(&system);
    const absl::Status status = Acquire(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  }
}

TEST_F(LockFileWindowsTest, SymbolicLinkIsAnErrorAndItsTargetIsLeftAlone) {
  if (IsWine()) GTEST_SKIP() << "Wine shows what a link of Linux stands for";
  const std::string link = folder_ + "\\link";
  // 2: allowed to unprivileged users in developer mode.
  if (!::CreateSymbolicLinkA(link.c_str(), path_.c_str(), 2)) {
    GTEST_SKIP() << "no right to make symbolic links";
  }
  EXPECT_EQ(Acquire(link).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(::GetFileAttributesA(path_.c_str()), INVALID_FILE_ATTRIBUTES);
  ::DeleteFileA(link.c_str());
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
      // Whoever comes first, this or DoCancelLock, ends it.
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

TEST_F(LockFileWindowsTest, RequestThatIsGrantedEndsTheWait) {
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

TEST_F(LockFileWindowsTest, RequestIsCalledOffWhenTheTimeIsUp) {
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

TEST_F(LockFileWindowsTest, RequestIsCalledOffWithTheWait) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  Requests requests;
  const ScopedSystemForTesting scoped(&requests);
  Cancellation cancellation;
  LockFileOptions options;
  options.wait = absl::InfiniteDuration();
  options.cancel = &cancellation;
  std::thread other([&] {
    requests.AwaitRequest();
    cancellation.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(LockFile::Acquire(path_, options).status()));
  other.join();
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

TEST_F(LockFileWindowsTest, LockThatIsGrantedAtTheLastMomentIsHadOrGivenBack) {
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
TEST_F(LockFileWindowsTest, LockThatIsGrantedToACancelledWaitIsGivenBack) {
  Child holder(absl::StrCat("hold ", path_));
  ASSERT_EQ(holder.Line(), "held");
  GrantedTooLate requests;
  requests.holder = &holder;
  const ScopedSystemForTesting scoped(&requests);
  Cancellation cancellation;
  LockFileOptions options;
  options.wait = absl::InfiniteDuration();
  options.cancel = &cancellation;
  std::thread other([&] {
    requests.AwaitRequest();
    cancellation.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(LockFile::Acquire(path_, options).status()));
  other.join();
  EXPECT_EQ(requests.cancelled(), 1);
  EXPECT_TRUE(Acquire(path_).ok());
}

void Say(absl::string_view line) {
  std::printf("%s\n", std::string(line).c_str());
  std::fflush(stdout);
}

// Until the test lets go of the other end.
void AwaitEndOfInput() {
  while (std::getchar() != EOF) {
  }
}

int Hold(const std::string& path, absl::Duration wait) {
  const absl::StatusOr<LockFile> lock = Acquire(path, wait, kRecord);
  Say(lock.ok() ? "held" : lock.status().ToString());
  AwaitEndOfInput();
  return 0;
}

// Holds, and has a child, which inherits all that can be inherited.
int HoldWithChild(const std::string& path, const char* program) {
  const absl::StatusOr<LockFile> lock = Acquire(path, {}, kRecord);
  std::string command = absl::StrCat("\"", program, "\" idle");
  STARTUPINFOA startup = {};
  startup.cb = sizeof(startup);
  PROCESS_INFORMATION process;
  const bool started =
      ::CreateProcessA(nullptr, command.data(), nullptr, nullptr,
                       /*bInheritHandles=*/TRUE, 0, nullptr, nullptr, &startup,
                       &process) != 0;
  Say(!lock.ok() ? lock.status().ToString() : started ? "held" : "no child");
  AwaitEndOfInput();
  return 0;
}

int Idle() {
  Say("idle");
  AwaitEndOfInput();
  return 0;
}

}  // namespace
}  // namespace lockfile

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "hold") return lockfile::Hold(argv[2], absl::ZeroDuration());
  if (mode == "wait") {
    lockfile::Say("waiting");
    return lockfile::Hold(argv[2], absl::InfiniteDuration());
  }
  if (mode == "hold-with-child") {
    return lockfile::HoldWithChild(argv[2], argv[0]);
  }
  if (mode == "idle") return lockfile::Idle();
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
