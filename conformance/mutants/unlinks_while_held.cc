#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class UnlinksWhileHeld : public PlainLock {
  bool StillThere(int fd, const std::string& path) override {
    return PlainLock::StillThere(fd, path) && ::unlink(path.c_str()) == 0;
  }
};

const RegisteredMutant kUnlinksWhileHeld({
    "unlinks_while_held",
    "Removes the file as soon as it has locked it.",
    {{"Persistence.FileExistsWhileHeld"}, {"Persistence.FileExistsAfterCrash"}},
    Serve<UnlinksWhileHeld>(),
});

}  // namespace
}  // namespace conformance
