#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ClaimsOwnerRecordsNothing : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Record(int /*fd*/) override { return 0; }
};

const RegisteredMutant kClaimsOwnerRecordsNothing({
    "claims_owner_records_nothing",
    "Claims to record its pid and does not.",
    {{"OwnerRecord.RecordNamesHolder"}, {"OwnerRecord.RefusalNamesHolder"}},
    Serve<ClaimsOwnerRecordsNothing>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
