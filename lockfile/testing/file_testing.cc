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
#include "absl/strings/match.h"
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

int CountKernelWaiters(const std::string& path) {
  struct stat file;
  PCHECK(::stat(path.c_str(), &file) == 0) << path;
  // "2: -> FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"
  const std::string inode = absl::StrCat(":", file.st_ino, " ");
  std::ifstream locks("/proc/locks");
  int count = 0;
  for (std::string line; std::getline(locks, line);) {
    if (absl::StrContains(line, "-> FLOCK") && absl::StrContains(line, inode)) {
      ++count;
    }
  }
  return count;
}

namespace {

std::vector<std::string> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(directory);
  return names;
}

}  // namespace

std::vector<std::string> ListThreads(int64_t pid) {
  return ListDirectory(absl::StrCat("/proc/", pid, "/task"));
}

int CountDescriptors() {
  // Without the directory's own.
  return static_cast<int>(ListDirectory("/proc/self/fd").size()) - 1;
}

}  // namespace lockfile
