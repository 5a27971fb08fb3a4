// Does not find the folder of a bare name.

#include <errno.h>

#include <string>

#include "absl/strings/match.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class NeedsASlash : public PlainLock {
  int CheckName(const std::string& path) override {
    return absl::StrContains(path, '/') ? PlainLock::CheckName(path) : ENOENT;
  }
};

}  // namespace

Mutant NeedsASlashMutant() {
  return {"needs_a_slash",
          "Does not find the folder of a bare name.",
          {{"Paths.BareNameWorks"}},
          Serve<NeedsASlash>()};
}

}  // namespace conformance
