#include <set>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/record_lock.h"

namespace conformance {
namespace {

class TableByName : public RecordLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (held_.count(path) > 0) {
      Log(LoggedPath(path), "UNKNOWN");
      return Attempt::Busy();
    }
    Attempt attempt = RecordLock::Acquire(path, wait);
    if (attempt.lock != nullptr) held_.insert(path);
    return attempt;
  }
  int Unlock(int fd, const std::string& path) override {
    held_.erase(path);
    return RecordLock::Unlock(fd, path);
  }

  std::set<std::string> held_;
};

const RegisteredMutant kTableByName({
    "table_by_name",
    "Has a record lock and a table of what its process holds, by the name as "
    "it was typed.",
    {{"Exclusion.RelativeAndAbsoluteNamesExclude"},
     {"Exclusion.DotDotNamesExclude"},
     {"Exclusion.HardLinksExclude"},
     {"Exclusion.SymlinkedDirectoriesExclude"}},
    Serve<TableByName>(),
});

}  // namespace
}  // namespace conformance
