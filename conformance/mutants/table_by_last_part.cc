#include <set>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TableByLastPart : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (held_.count(LastPart(path)) > 0) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    Attempt attempt = PlainLock::Acquire(path, wait);
    if (attempt.lock != nullptr) held_.insert(LastPart(path));
    return attempt;
  }
  int Unlock(int fd, const std::string& path) override {
    held_.erase(LastPart(path));
    return PlainLock::Unlock(fd, path);
  }
  int AfterFork(int fd) override {
    held_.clear();
    return PlainLock::AfterFork(fd);
  }

  static std::string LastPart(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
  }

  std::set<std::string> held_;
};

const RegisteredMutant kTableByLastPart({
    "table_by_last_part",
    "Has a table of what its process holds, by the last part of the name.",
    {{"Exclusion.EqualNamesInDifferentFoldersAreDifferent"}},
    Serve<TableByLastPart>(),
});

}  // namespace
}  // namespace conformance
