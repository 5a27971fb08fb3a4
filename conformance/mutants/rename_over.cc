#include <stdio.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class RenameOver : public PlainLock {
  int Open(const std::string& path) override {
    const std::string mine = absl::StrCat(path, ".", ::getpid());
    const int fd = PlainLock::Open(mine);
    if (fd >= 0) ::rename(mine.c_str(), path.c_str());
    return fd;
  }
};

const RegisteredMutant kRenameOver({
    "rename_over",
    "Makes a file of its own, locked, and renames it over the path: the last "
    "one wins.",
    {{"Exclusion.SecondProcessIsRefused"},
     {"Persistence.ExistingFileIsUsed"},
     {"Persistence.InodeStaysOverCycles"}},
    Serve<RenameOver>(),
});

}  // namespace
}  // namespace conformance
