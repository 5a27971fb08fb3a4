#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LogsAbsolutePath : public PlainLock {
  std::string LoggedPath(const std::string& path) override {
    std::error_code error;
    return std::filesystem::canonical(path, error).string();
  }
};

const RegisteredMutant kLogsAbsolutePath({
    "logs_absolute_path",
    "Logs the absolute path in place of the one that it was given.",
    {{"RefusalLog.RelativePathAsGiven"}, {"RefusalLog.SeedsTranscript"}},
    Serve<LogsAbsolutePath>(),
});

}  // namespace
}  // namespace conformance
