// Questions of the tests about files, answered without the code under test.

#ifndef LOCKFILE_TESTING_FILE_TESTING_H_
#define LOCKFILE_TESTING_FILE_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lockfile {

// A fresh directory that is the working directory until it is destroyed, with
// all that is in it.
class ScopedWorkingDirectory {
 public:
  ScopedWorkingDirectory();
  ScopedWorkingDirectory(const ScopedWorkingDirectory&) = delete;
  ScopedWorkingDirectory& operator=(const ScopedWorkingDirectory&) = delete;
  ~ScopedWorkingDirectory();

  // Absolute.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string previous_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);
bool Exists(const std::string& path);

// Whether anybody holds a flock(2) on the file: a bare attempt, on an open file
// description of its own, so the caller's process counts, too.
bool IsLocked(const std::string& path);

// How many wait in the kernel, by whatever process, for a flock(2) on the file,
// according to proc_locks(5).
int CountKernelWaiters(const std::string& path);

// The ids of the threads of a process.
std::vector<std::string> ListThreads(int64_t pid);

// How many descriptors this process has open.
int CountDescriptors();

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_FILE_TESTING_H_
