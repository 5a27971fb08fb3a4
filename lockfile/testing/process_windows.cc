#include "lockfile/testing/process_windows.h"

#include <cstdio>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"

namespace lockfile {

bool IsWine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"),
                          "wine_get_version") != nullptr;
}

absl::StatusOr<LockFile> Acquire(absl::string_view path, absl::Duration wait,
                                 absl::string_view record) {
  LockFileOptions options;
  options.wait = wait;
  options.owner_record = std::string(record);
  return LockFile::Acquire(path, options);
}

namespace {

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
