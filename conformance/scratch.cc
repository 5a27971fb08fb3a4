// Making and removing folders.

#include "conformance/scratch.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "absl/strings/str_cat.h"

namespace conformance {

std::string MakeScratch(const std::string& base) {
  std::string folder = base;
  if (folder.empty()) {
    const char* tmpdir = ::getenv("TMPDIR");
    folder = tmpdir != nullptr && *tmpdir != '\0' ? tmpdir : "/tmp";
  }
  std::string name = absl::StrCat(folder, "/lockcheck.XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) {
    return "";
  }
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
}

}  // namespace conformance
