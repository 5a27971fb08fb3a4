#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/contender_main.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FormatsPath : public PlainLock {
  void Log(const std::string& path, const std::string& pid) override {
    const std::string message = absl::StrReplaceAll(
        "Error locking file {path}; pid={pid}", {{"{path}", path}});
    EmitLog("ERROR", absl::StrReplaceAll(message, {{"{pid}", pid}}));
  }
};

const RegisteredMutant kFormatsPath({
    "formats_path",
    "Puts the path into its template first, and the pid then: what looks like "
    "a placeholder in the path is filled in.",
    {{"RefusalLog.PathWithPercentAsGiven"}},
    Serve<FormatsPath>(),
});

}  // namespace
}  // namespace conformance
