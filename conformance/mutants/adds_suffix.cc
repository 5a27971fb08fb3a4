// Locks a file beside the path, with a suffix of its own.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class AddsSuffix : public PlainLock {
  int Open(const std::string& path) override {
    return PlainLock::Open(path + ".lock");
  }
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, path + ".lock");
  }
};

}  // namespace

Mutant AddsSuffixMutant() {
  return {"adds_suffix",
          "Locks a file beside the path, with a suffix of its own.",
          {{"Paths.LongestNameWorks"}, {"Persistence.FileExistsWhileHeld"}},
          Serve<AddsSuffix>()};
}

}  // namespace conformance
