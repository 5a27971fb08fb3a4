// Running programs, with files for what they print: a pipe could fill up.

#include "conformance/testing/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

void PointTo(int fd, const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0 || ::dup2(file, fd) < 0) ::_exit(99);
}

}  // namespace

ProgramResult RunProgram(const std::vector<std::string>& command,
                         const ProgramOptions& options) {
  const TempFolder folder;
  const std::string out = folder.path() + "/out";
  const std::string err = folder.path() + "/err";
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    PointTo(0, "/dev/null", O_RDONLY);
    PointTo(1, out, O_WRONLY | O_CREAT);
    PointTo(2, err, O_WRONLY | O_CREAT);
    for (const auto& [name, value] : options.environment) {
      if (value.empty()) {
        ::unsetenv(name.c_str());
      } else {
        ::setenv(name.c_str(), value.c_str(), 1);
      }
    }
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) {
      ::_exit(99);
    }
    // No longer than a hang on a machine that is slow just now.
    ::alarm(600);
    ::execvp(argv[0], argv.data());
    ::_exit(99);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
          ReadWholeFile(out), ReadWholeFile(err)};
}

std::string Runfile(absl::string_view path) {
  // Bazel starts tests in the folder of the workspace's runfiles.
  static const auto* const kHere =
      new std::string(std::filesystem::current_path().string());
  return absl::StrCat(*kHere, "/", path);
}

std::string MakeScript(absl::string_view name, absl::string_view text,
                       bool executable) {
  static const auto* const kFolder = new TempFolder();
  std::string path = absl::StrCat(kFolder->path(), "/", name);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  EXPECT_EQ(::chmod(path.c_str(), executable ? 0755 : 0644), 0);
  return path;
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace conformance
