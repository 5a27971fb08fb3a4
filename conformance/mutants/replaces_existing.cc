#include <stdio.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ReplacesExisting : public PlainLock {
  int Open(const std::string& path) override {
    if (!made_.insert(path).second) return PlainLock::Open(path);
    const std::string mine = absl::StrCat(path, ".", ::getpid());
    const int fd = PlainLock::Open(mine);
    if (fd >= 0) ::rename(mine.c_str(), path.c_str());
    return fd;
  }

  std::set<std::string> made_;
};

const RegisteredMutant kReplacesExisting({
    "replaces_existing",
    "Replaces a file that it has not made itself by one of its own.",
    {{"Persistence.ExistingFileIsUsed"}, {"Persistence.InodeStaysOverCycles"}},
    Serve<ReplacesExisting>(),
});

}  // namespace
}  // namespace conformance
