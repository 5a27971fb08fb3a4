#include <stdlib.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/socket_lock.h"

namespace conformance {
namespace {

class SeparateByTmpdir : public SocketLock {
  std::string NameOf(const std::string& resolved) override {
    const char* const folder = ::getenv("TMPDIR");
    return absl::StrCat(folder == nullptr ? "/tmp" : folder, "%", resolved);
  }
};

const RegisteredMutant kSeparateByTmpdir({
    "separate_by_tmpdir",
    "Keeps the locks of each TMPDIR apart, as if they were files in it.",
    {{"Exclusion.OtherEnvironmentIsRefused"}},
    Serve<SeparateByTmpdir>(),
});

}  // namespace
}  // namespace conformance
