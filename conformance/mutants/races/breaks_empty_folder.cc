#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksEmptyFolder : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string pid = path + "/pid";
    for (int i = 0; i < 2; ++i) {
      if (::mkdir(path.c_str(), 0777) == 0) {
        const int error = CreateRecord(pid);
        if (error == 0) return HeldUntil([path] { return Free(path); });
        ::rmdir(path.c_str());
        // Another has taken it for stale.
        const bool lost = error == ENOENT || error == EEXIST;
        return NotHeld("create", lost ? EWOULDBLOCK : error);
      }
      if (errno != EEXIST) return NotHeld("mkdir", errno);
      const Owner owner = ReadOwner(pid);
      if (owner.kind == Owner::Kind::kAlive) return Attempt::Busy();
      if (owner.kind == Owner::Kind::kUnknown && owner.error != ENOTDIR) {
        return NotHeld("read", owner.error);
      }
      RemoveFile(pid);
      ::remove(path.c_str());
    }
    return Attempt::Busy();
  }

  static std::string Free(const std::string& path) {
    const int error = RemoveFile(path + "/pid");
    if (error != 0) return Message("unlink", error);
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT || errno == ENOTEMPTY) {
      return "";
    }
    return Message("rmdir", errno);
  }
};

// Shortest: a makes the folder; b finds no owner in there, removes it, and has
// a new one; a puts its file beside b's.
const RegisteredRaceMutant kBreaksEmptyFolder({
    "breaks_empty_folder",
    "Makes a folder and then a file in it, and takes an empty folder for "
    "stale.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<BreaksEmptyFolder>(),
});

}  // namespace
}  // namespace conformance
