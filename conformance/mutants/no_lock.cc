// Opens the file and never locks it.

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NoLock : public PlainLock {
  int Lock(int /*fd*/) override { return 0; }
};

}  // namespace

Mutant NoLockMutant() {
  return {"no_lock",
          "Opens the file and never locks it.",
          {{"Exclusion.SecondProcessIsRefused"},
           {"Exclusion.BarrierRaceHasOneWinner"},
           {"Exclusion.FreeRunNeverOverlaps"},
           {"Exclusion.ThreadsOfOneProcessExclude"}},
          Serve<NoLock>()};
}

}  // namespace conformance
