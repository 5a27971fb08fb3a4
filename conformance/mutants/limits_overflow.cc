#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LimitsOverflow : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (wait == absl::InfiniteDuration()) return PlainLock::Acquire(path, wait);
    return PlainLock::Acquire(path, absl::Milliseconds(static_cast<int32_t>(
                                        absl::ToInt64Milliseconds(wait))));
  }
};

const RegisteredMutant kLimitsOverflow({
    "limits_overflow",
    "Counts the milliseconds of a wait in 32 bits.",
    {{"Waiting.LongLimitsAreKept"}},
    Serve<LimitsOverflow>(),
});

}  // namespace
}  // namespace conformance
