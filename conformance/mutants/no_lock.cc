#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NoLock : public PlainLock {
  int Lock(int /*fd*/) override { return 0; }
};

const RegisteredMutant kNoLock({
    "no_lock",
    "Opens the file and never locks it.",
    {{"Exclusion.SecondProcessIsRefused"},
     {"Exclusion.BarrierRaceHasOneWinner"},
     {"Exclusion.FreeRunNeverOverlaps"},
     {"Exclusion.ThreadsOfOneProcessExclude"}},
    Serve<NoLock>(),
});

}  // namespace
}  // namespace conformance
