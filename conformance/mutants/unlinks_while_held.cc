// Removes the file as soon as it has locked it.

#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class UnlinksWhileHeld : public PlainLock {
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, path) && ::unlink(path.c_str()) == 0;
  }
};

}  // namespace

Mutant UnlinksWhileHeldMutant() {
  return {"unlinks_while_held",
          "Removes the file as soon as it has locked it.",
          {{"Persistence.FileExistsWhileHeld"},
           {"Persistence.FileExistsAfterCrash"}},
          Serve<UnlinksWhileHeld>()};
}

}  // namespace conformance
