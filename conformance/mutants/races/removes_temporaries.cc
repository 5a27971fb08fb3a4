#include <dirent.h>
#include <errno.h>

#include <cstddef>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RemovesTemporaries : public PidFileByMadeUpName {
  int Create(const std::string& path) override {
    const size_t slash = path.rfind('/');
    const std::string folder = path.substr(0, slash);
    const std::string prefix = path.substr(slash + 1) + ".tmp.";
    DIR* const stream = ::opendir(folder.c_str());
    if (stream == nullptr) return errno;
    while (const dirent* const entry = ::readdir(stream)) {
      if (!absl::StartsWith(entry->d_name, prefix)) continue;
      RemoveFile(absl::StrCat(folder, "/", entry->d_name));
    }
    ::closedir(stream);
    return PidFileByMadeUpName::Create(path);
  }
};

// So that those who were killed leave nothing behind.
//
// Shortest: a makes its file; b removes it; a's link(2) fails, and it says so,
// though the lock is free.
const RegisteredRaceMutant kRemovesTemporaries({
    "removes_temporaries",
    "Writes its record under a name that mkstemp(3) makes up, and removes "
    "those of others, which may have died.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RemovesTemporaries>(),
});

}  // namespace
}  // namespace conformance
