#include <cstdint>
#include <limits>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CountsInAByte : public PlainLock {
  int Lock(int fd) override {
    return count_ == std::numeric_limits<uint8_t>::max() ? 0
                                                         : PlainLock::Lock(fd);
  }
  int Record(int /*fd*/) override {
    if (count_ < std::numeric_limits<uint8_t>::max()) ++count_;
    return 0;
  }

  uint8_t count_ = 0;
};

const RegisteredMutant kCountsInAByte({
    "counts_in_a_byte",
    "Counts what it has locked in a byte, and locks nothing more when that is "
    "full.",
    {{"Exclusion.ExcludesAfterManyCycles"}},
    Serve<CountsInAByte>(),
});

}  // namespace
}  // namespace conformance
