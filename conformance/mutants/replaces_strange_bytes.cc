#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ReplacesStrangeBytes : public PlainLock {
  int Open(const std::string& path) override {
    return PlainLock::Open(Harmless(path));
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, Harmless(path));
  }

  static std::string Harmless(std::string path) {
    const size_t name = path.rfind('/') + 1;
    for (size_t i = name; i < path.size(); ++i) {
      const auto c = static_cast<unsigned char>(path[i]);
      if (!absl::ascii_isalnum(c) && c != '.' && c != '-') path[i] = '_';
    }
    return path;
  }
};

const RegisteredMutant kReplacesStrangeBytes({
    "replaces_strange_bytes",
    "Replaces each byte of a name that is neither a letter nor a digit, nor "
    "one of a few others, by `_`.",
    {{"Exclusion.DifferentNamesAreDifferentLocks"}},
    Serve<ReplacesStrangeBytes>(),
});

}  // namespace
}  // namespace conformance
