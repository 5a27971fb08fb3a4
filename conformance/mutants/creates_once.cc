#include <fcntl.h>

#include <set>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CreatesOnce : public PlainLock {
  int Open(const std::string& path) override {
    if (created_.insert(path).second) return PlainLock::Open(path);
    return ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  }

  std::set<std::string> created_;
};

const RegisteredMutant kCreatesOnce({
    "creates_once",
    "Creates the file of a path only once in the life of a process.",
    {{"Persistence.RemovedFileIsCreatedAgain"}},
    Serve<CreatesOnce>(),
});

}  // namespace
}  // namespace conformance
