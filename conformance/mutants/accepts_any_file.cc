#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class AcceptsAnyFile : public PlainLock {
  int CheckFile(int /*fd*/) override { return 0; }
};

const RegisteredMutant kAcceptsAnyFile({
    "accepts_any_file",
    "Locks whatever it can open.",
    {{"Paths.SpecialFilesAreErrors"}},
    Serve<AcceptsAnyFile>(),
});

}  // namespace
}  // namespace conformance
