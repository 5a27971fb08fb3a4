// Files, by plain system calls and the standard library.

#include "lockfile/testing/file_testing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/log/check.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lockfile {

ScopedWorkingDirectory::ScopedWorkingDirectory()
    : previous_(std::filesystem::current_path().string()) {
  path_ = absl::StrCat(std::filesystem::absolute(::testing::TempDir()).string(),
                       "/lockfile.XXXXXX");
  PCHECK(::mkdtemp(path_.data()) != nullptr) << path_;
  // Tests that drop privileges work in it, too.
  PCHECK(::chmod(path_.c_str(), 0777) == 0);
  PCHECK(::chdir(path_.c_str()) == 0);
}

ScopedWorkingDirectory::~ScopedWorkingDirectory() {
  PCHECK(::chdir(previous_.c_str()) == 0);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  CHECK(out.flush().good()) << path;
}

bool Exists(const std::string& path) {
  struct stat ignored;
  return ::lstat(path.c_str(), &ignored) == 0;
}

bool IsLocked(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  PCHECK(descriptor != -1) << path;
  const bool got_it = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  PCHECK(got_it || errno == EWOULDBLOCK);
  ::close(descriptor);
  return !got_it;
}

int CountDescriptors() {
  DIR* const directory = ::opendir("/proc/self/fd");
  PCHECK(directory != nullptr);
  int count = -1;  // For the directory's own.
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(directory);
  return count;
}

}  // namespace lockfile
