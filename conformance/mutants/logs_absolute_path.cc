// Logs the absolute path in place of the one that it was given.

#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsAbsolutePath : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    std::error_code error;
    return std::filesystem::canonical(path, error).string();
  }
};

}  // namespace

Mutant LogsAbsolutePathMutant() {
  return {"logs_absolute_path",
          "Logs the absolute path in place of the one that it was given.",
          {{"RefusalLog.RelativePathAsGiven"}, {"RefusalLog.SeedsTranscript"}},
          Serve<LogsAbsolutePath>()};
}

}  // namespace conformance
