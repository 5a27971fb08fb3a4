#include <limits.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

std::string Cut(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1 + NAME_MAX);
}

class TruncatesNames : public PlainLock {
  int Open(const std::string& path) override {
    return PlainLock::Open(Cut(path));
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, Cut(path));
  }
};

const RegisteredMutant kTruncatesNames({
    "truncates_names",
    "Cuts a name that is too long.",
    {{"Paths.TooLongName"}},
    Serve<TruncatesNames>(),
});

}  // namespace
}  // namespace conformance
