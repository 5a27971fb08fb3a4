#include <limits.h>

#include <filesystem>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

std::string Cut(const std::string& path) {
  if (path.size() < PATH_MAX) return path;
  std::string cut = std::filesystem::path(path).lexically_normal().string();
  return cut.substr(0, cut.rfind('/') + 2);
}

class ShortensPaths : public PlainLock {
  int Open(const std::string& path) override {
    return PlainLock::Open(Cut(path));
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, Cut(path));
  }
};

const RegisteredMutant kShortensPaths({
    "shortens_paths",
    "Cuts the name in a path that is too long down to its first letter.",
    {{"Paths.TooLongPath"}},
    Serve<ShortensPaths>(),
});

}  // namespace
}  // namespace conformance
