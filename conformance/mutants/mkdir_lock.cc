#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/created_lock.h"
#include "conformance/mutants/mutant.h"

namespace conformance {
namespace {

class MkdirLock : public CreatedLock {
 public:
  MkdirLock() : CreatedLock("owner") {}

 private:
  int Create(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) != 0) return -1;
    return ::open(path.c_str(), O_DIRECTORY | O_CLOEXEC);
  }
  void Remove(const std::string& path) override { ::rmdir(path.c_str()); }
};

const RegisteredMutant kMkdirLock({
    "mkdir_lock",
    "Makes a folder at the path, and removes it to release. What a dead holder "
    "has left is taken over, it claims; it isn't.",
    {{"Existence.StaleRuleIsKept"},
     {"Crash.SigkillFrees"},
     {"Systematic.CrashAtAnyCallFrees"}},
    Serve<MkdirLock>(),
});

}  // namespace
}  // namespace conformance
