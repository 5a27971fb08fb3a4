// Logs spaces in the path as in a URL.

#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EncodesSpaces : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    return absl::StrReplaceAll(path, {{" ", "%20"}});
  }
};

}  // namespace

Mutant EncodesSpacesMutant() {
  return {"encodes_spaces",
          "Logs spaces in the path as in a URL.",
          {{"RefusalLog.PathWithSpacesAsGiven"}},
          Serve<EncodesSpaces>()};
}

}  // namespace conformance
