#include <string>

#include "absl/strings/ascii.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsAsciiOnly : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    std::string ascii = path;
    for (char& c : ascii) {
      if (!absl::ascii_isascii(static_cast<unsigned char>(c))) c = '?';
    }
    return ascii;
  }
};

const RegisteredMutant kLogsAsciiOnly({
    "logs_ascii_only",
    "Logs a question mark for each byte of the path that is no ASCII.",
    {{"RefusalLog.PathInUtf8AsGiven"}},
    Serve<LogsAsciiOnly>(),
});

}  // namespace
}  // namespace conformance
