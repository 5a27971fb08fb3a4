#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CleansPaths : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (!absl::StrContains(path, "/../")) {
      return PlainLock::Acquire(path, wait);
    }
    return PlainLock::Acquire(
        std::filesystem::path(path).lexically_normal().string(), wait);
  }
};

const RegisteredMutant kCleansPaths({
    "cleans_paths",
    "Takes `..` out of a path by its text, as if no folder were a link.",
    {{"Paths.DotDotBehindLink"}},
    Serve<CleansPaths>(),
});

}  // namespace
}  // namespace conformance
