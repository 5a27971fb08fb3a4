#include <errno.h>

#include <string>

#include "absl/strings/match.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NeedsASlash : public PlainLock {
  int CheckName(const std::string& path) override {
    return absl::StrContains(path, '/') ? PlainLock::CheckName(path) : ENOENT;
  }
};

const RegisteredMutant kNeedsASlash({
    "needs_a_slash",
    "Does not find the folder of a bare name.",
    {{"Paths.BareNameWorks"}},
    Serve<NeedsASlash>(),
});

}  // namespace
}  // namespace conformance
