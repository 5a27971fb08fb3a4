#include "conformance/mutants/steals_from_stopped.h"

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"

namespace conformance {
namespace {

// As locks with a heartbeat do: proper-lockfile 121.
const RegisteredMutant kStealsFromStopped({
    "steals_from_stopped",
    "Takes the lock of a process that is stopped for one that nobody holds.",
    {{"Exclusion.StoppedHolderStillHolds"}},
    Serve<StealsFromStopped>(absl::ZeroDuration()),
});

}  // namespace
}  // namespace conformance
