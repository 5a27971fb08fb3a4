// The backend for Windows, as programs of Windows see it. This machine's Linux
// runs it on Wine (e2e/windows/run).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/internal/file_windows.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/log_capture.h"
#include "lockfile/testing/process_windows.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace lockfile
