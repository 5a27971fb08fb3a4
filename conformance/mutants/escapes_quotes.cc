// Logs a backslash before each quote in the path.

#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EscapesQuotes : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    return absl::StrReplaceAll(path, {{"\"", "\\\""}});
  }
};

}  // namespace

Mutant EscapesQuotesMutant() {
  return {"escapes_quotes",
          "Logs a backslash before each quote in the path.",
          {{"RefusalLog.PathWithQuotesAsGiven"}},
          Serve<EscapesQuotes>()};
}

}  // namespace conformance
