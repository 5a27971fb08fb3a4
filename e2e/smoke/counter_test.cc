// A program that uses the library: four processes count to a hundred each, in
// one file, under its lock file.

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lockfile/lock_file.h"

namespace {

constexpr int kProcesses = 4;
constexpr int kEach = 100;

// The exit status of one of them.
int Count(const std::string& path) {
  for (int i = 0; i < kEach; ++i) {
    lockfile::LockFileOptions options;
    options.wait = absl::InfiniteDuration();
    const absl::StatusOr<lockfile::LockFile> lock =
        lockfile::LockFile::Acquire(path + ".lock", options);
    if (!lock.ok()) {
      std::cerr << lock.status() << "\n";
      return 1;
    }
    int count = 0;
    std::ifstream(path) >> count;
    std::ofstream(path) << count + 1;
  }
  return 0;
}

}  // namespace

int main() {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/count";
  for (int i = 0; i < kProcesses; ++i) {
    if (::fork() == 0) ::_exit(Count(path));
  }
  int failed = 0;
  for (int i = 0; i < kProcesses; ++i) {
    int status = 0;
    failed += ::wait(&status) < 0 || status != 0 ? 1 : 0;
  }
  int count = 0;
  std::ifstream(path) >> count;
  std::cout << count << " of " << kProcesses * kEach << " counted\n";
  return failed == 0 && count == kProcesses * kEach ? 0 : 1;
}
