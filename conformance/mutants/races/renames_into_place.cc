#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RenamesIntoPlace : public BareLock {
  Attempt Try(const std::string& path) override {
    const Owner before = ReadOwner(path);
    if (before.kind == Owner::Kind::kAlive) return Attempt::Busy();
    if (before.kind == Owner::Kind::kUnknown) {
      return NotHeld("read", before.error);
    }
    const std::string mine = absl::StrCat(path, ".", ::getpid());
    if (const int error = CreateRecord(mine)) return NotHeld("create", error);
    if (::rename(mine.c_str(), path.c_str()) != 0) {
      Attempt failed = NotHeld("rename", errno);
      RemoveFile(mine);
      return failed;
    }
    if (ReadOwner(path).pid != ::getpid()) return Attempt::Busy();
    return HeldUntil([path] { return Message("unlink", RemoveFile(path)); });
  }
};

// Shortest: a and b read that it is free; a renames, and reads itself; b
// renames, and reads itself.
const RegisteredRaceMutant kRenamesIntoPlace({
    "renames_into_place",
    "Renames a file with its record over the path, and takes it for proof that "
    "it reads it back.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RenamesIntoPlace>(),
});

}  // namespace
}  // namespace conformance
