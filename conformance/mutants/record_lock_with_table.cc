#include <errno.h>
#include <sys/stat.h>

#include <set>
#include <string>
#include <utility>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/mutants/record_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class RecordLockWithTable : public RecordLock {
  // It takes itself for more than a record lock.
  Introduction Describe() const override { return PlainLock::Describe(); }
  int Lock(int fd) override {
    return held_.count(FileOf(fd)) > 0 ? EWOULDBLOCK : RecordLock::Lock(fd);
  }
  int Record(int fd) override {
    held_.insert(FileOf(fd));
    return 0;
  }
  int Unlock(int fd, const std::string& path) override {
    held_.erase(FileOf(fd));
    return RecordLock::Unlock(fd, path);
  }

  static std::pair<dev_t, ino_t> FileOf(int fd) {
    struct stat st = {};
    ::fstat(fd, &st);
    return {st.st_dev, st.st_ino};
  }

  std::set<std::pair<dev_t, ino_t>> held_;
};

// As in leveldb, rocksdb 1780.
const RegisteredMutant kRecordLockWithTable({
    "record_lock_with_table",
    "Has a record lock and a table of what its process holds, but opens and "
    "closes the file before it looks in the table.",
    {{"Exclusion.LockSurvivesRefusalInItsProcess"},
     {"Exclusion.ClosingTheFileLosesNothing"}},
    Serve<RecordLockWithTable>(),
});

}  // namespace
}  // namespace conformance
