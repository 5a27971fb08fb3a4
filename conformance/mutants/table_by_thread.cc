#include <set>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

std::set<int>& MyDescriptors() {
  static thread_local std::set<int> mine;
  return mine;
}

class TableByThread : public PlainLock {
  int Record(int fd) override {
    MyDescriptors().insert(fd);
    return PlainLock::Record(fd);
  }
  int Unlock(int fd, const std::string& path) override {
    if (MyDescriptors().erase(fd) == 0) return 0;
    return PlainLock::Unlock(fd, path);
  }
};

// As in py-filelock 404.
const RegisteredMutant kTableByThread({
    "table_by_thread",
    "Has a table of what is held for each thread, and a release by another "
    "thread than the one that acquired does nothing.",
    {{"Reacquisition.AfterReleaseByAnotherThread"}},
    Serve<TableByThread>(),
});

}  // namespace
}  // namespace conformance
