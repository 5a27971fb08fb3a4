#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LittersOnFailure : public PlainLock {
  int Open(const std::string& path) override {
    std::string name = absl::StrCat(path, ".XXXXXX");
    const int made = ::mkstemp(name.data());
    if (made >= 0) ::close(made);
    const int fd = PlainLock::Open(path);
    if (fd >= 0 && made >= 0) ::unlink(name.c_str());
    return fd;
  }
};

const RegisteredMutant kLittersOnFailure({
    "litters_on_failure",
    "Makes a file of a name of its own first, and leaves it with each failure.",
    {{"Reacquisition.AttemptsLeaveNoFiles"}},
    Serve<LittersOnFailure>(),
});

}  // namespace
}  // namespace conformance
