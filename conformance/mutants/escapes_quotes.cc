#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EscapesQuotes : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    return absl::StrReplaceAll(path, {{"\"", "\\\""}});
  }
};

const RegisteredMutant kEscapesQuotes({
    "escapes_quotes",
    "Logs a backslash before each quote in the path.",
    {{"RefusalLog.PathWithQuotesAsGiven"}},
    Serve<EscapesQuotes>(),
});

}  // namespace
}  // namespace conformance
