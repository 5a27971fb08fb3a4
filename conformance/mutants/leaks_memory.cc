#include <string>
#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

constexpr size_t kEntryBytes = 16384;

class LeaksMemory : public PlainLock {
  int Record(int /*fd*/) override {
    table_.emplace_back(kEntryBytes, 'x');
    return 0;
  }

  std::vector<std::string> table_;
};

const RegisteredMutant kLeaksMemory({
    "leaks_memory",
    "Keeps a table of its acquisitions that is only ever added to.",
    {{"Reacquisition.CyclesLeakNoMemory"}},
    Serve<LeaksMemory>(),
});

}  // namespace
}  // namespace conformance
