#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EncodesSpaces : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    return absl::StrReplaceAll(path, {{" ", "%20"}});
  }
};

const RegisteredMutant kEncodesSpaces({
    "encodes_spaces",
    "Logs spaces in the path as in a URL.",
    {{"RefusalLog.PathWithSpacesAsGiven"}},
    Serve<EncodesSpaces>(),
});

}  // namespace
}  // namespace conformance
