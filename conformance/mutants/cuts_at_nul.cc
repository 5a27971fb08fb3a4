#include <errno.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CutsAtNul : public PlainLock {
  int CheckName(const std::string& path) override {
    return path.empty() ? ENOENT : 0;
  }
};

const RegisteredMutant kCutsAtNul({
    "cuts_at_nul",
    "Locks the file whose name ends where the path has a NUL byte.",
    {{"Paths.NulInPath"}},
    Serve<CutsAtNul>(),
});

}  // namespace
}  // namespace conformance
