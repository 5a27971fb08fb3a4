#include "conformance/mutants/created_lock.h"
#include "conformance/mutants/mutant.h"

namespace conformance {
namespace {

class ExclusiveCreate : public CreatedLock {
 public:
  ExclusiveCreate() : CreatedLock("owner") {}
};

const RegisteredMutant kExclusiveCreate({
    "exclusive_create",
    "Is held whenever the file is there, and removes it to release. What a "
    "dead holder has left is taken over, it claims; it isn't.",
    {{"Crash.SigkillFrees"},
     {"Crash.AbortFrees"},
     {"Crash.SegmentationFaultFrees"},
     {"Crash.ExitWithoutReleaseFrees"},
     {"Crash.ImmediateExitFrees"},
     {"Crash.CrashDuringRaceFrees"},
     {"Crash.CrashLeavesOthersAlone"}},
    Serve<ExclusiveCreate>(),
});

}  // namespace
}  // namespace conformance
