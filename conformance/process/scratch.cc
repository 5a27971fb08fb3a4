// Making and removing folders.

#include "conformance/process/scratch.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "absl/strings/str_cat.h"

namespace conformance {

std::string ScratchBase(const std::string& base) {
  if (!base.empty()) return base;
  const char* tmpdir = ::getenv("TMPDIR");
  return tmpdir != nullptr && *tmpdir != '\0' ? tmpdir : "/tmp";
}

std::string MakeScratch(const std::string& base) {
  std::string name = absl::StrCat(ScratchBase(base), "/lockcheck.XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) {
    return "";
  }
  // mkdtemp(3) obeys the umask.
  ::chmod(name.c_str(), 0700);
  // Relative and absolute names must lead to the same place.
  char* real = ::realpath(name.c_str(), nullptr);
  if (real != nullptr) {
    name = real;
    ::free(real);
  }
  return name;
}

void RemoveScratch(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add,
                  error);
  for (fs::recursive_directory_iterator it(directory, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add,
                      ignored);
    }
  }
  fs::remove_all(directory, error);
  // That takes a descriptor, and there may be none.
  ::rmdir(directory.c_str());
}

}  // namespace conformance
