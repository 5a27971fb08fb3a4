#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class TakesErrorsForRefusals : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    Attempt attempt = PlainLock::Acquire(path, wait);
    return attempt.lock == nullptr ? Attempt::Busy() : std::move(attempt);
  }
};

// As in fd-lock 8.
const RegisteredMutant kTakesErrorsForRefusals({
    "takes_errors_for_refusals",
    "Says that somebody else holds the lock, whatever went wrong.",
    {{"Paths.ErrorIsNoRefusal"},
     {"Paths.UnwritableDirectory"},
     {"Paths.ForbiddenFile"},
     {"Paths.UnsearchableDirectory"},
     {"Paths.ReadOnlyFileSystem"},
     {"Paths.FullFileSystem"},
     {"Paths.NoDescriptorsLeft"}},
    Serve<TakesErrorsForRefusals>(),
});

}  // namespace
}  // namespace conformance
