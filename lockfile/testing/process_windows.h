// For tests of the backend for Windows: other processes that hold a lock, and a
// folder.
//
// The test's program is its own child, too: `PROGRAM hold PATH` says "held"
// once it has the lock, and holds it until its input ends. process_windows.cc
// has the main for that.

#ifndef LOCKFILE_TESTING_PROCESS_WINDOWS_H_
#define LOCKFILE_TESTING_PROCESS_WINDOWS_H_

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>  // IWYU pragma: export

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"

namespace lockfile {

inline constexpr char kRecord[] = "{pid}\n";

bool IsWine();

absl::StatusOr<LockFile> Acquire(absl::string_view path,
                                 absl::Duration wait = absl::ZeroDuration(),
                                 absl::string_view record = "");

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

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_PROCESS_WINDOWS_H_
