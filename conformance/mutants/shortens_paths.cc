// Simplifies a path that is too long.

#include <filesystem>
#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

std::string Simple(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

class ShortensPaths : public PlainLock {
  int Open(const std::string& path) override {
    return PlainLock::Open(Simple(path));
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, Simple(path));
  }
};

}  // namespace

Mutant ShortensPathsMutant() {
  return {"shortens_paths",
          "Simplifies a path that is too long.",
          {{"Paths.TooLongPath"}},
          Serve<ShortensPaths>()};
}

}  // namespace conformance
