#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class CreatesDirectories : public PlainLock {
  int Open(const std::string& path) override {
    std::error_code ignored;
    std::filesystem::create_directories(
        std::filesystem::path(path).parent_path(), ignored);
    return PlainLock::Open(path);
  }
};

const RegisteredMutant kCreatesDirectories({
    "creates_directories",
    "Makes the folders that are missing.",
    {{"Paths.MissingDirectory"}},
    Serve<CreatesDirectories>(),
});

}  // namespace
}  // namespace conformance
