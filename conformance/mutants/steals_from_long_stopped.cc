#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/steals_from_stopped.h"

namespace conformance {
namespace {

// As locks do that count some heartbeats.
const RegisteredMutant kStealsFromLongStopped({
    "steals_from_long_stopped",
    "Takes the lock of a process that has been stopped for a second for one "
    "that nobody holds.",
    {{"Exclusion.StoppedHolderStillHolds"}},
    Serve<StealsFromStopped>(absl::Seconds(1)),
});

}  // namespace
}  // namespace conformance
