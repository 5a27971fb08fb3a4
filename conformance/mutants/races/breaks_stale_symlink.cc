// A symbolic link that says who holds it, as Emacs and Firefox have them. One
// whose process is no more is removed by everybody who has found that out, be
// it another by then.
//
// Shortest, with anything stale at the path: a and b look at it; a removes it,
// and has its own link; b removes a's, and has its own.

#include <errno.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/implementation.h"
#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class BreaksStaleSymlink : public BareLock {
  Attempt Try(const std::string& path) override {
    for (int i = 0; i < 3; ++i) {
      const std::string pid = absl::StrCat(::getpid());
      if (::symlink(pid.c_str(), path.c_str()) == 0) {
        return HeldUntil([path] {
          const int error = RemoveFile(path);
          return Message("unlink", error == ENOENT ? 0 : error);
        });
      }
      if (errno != EEXIST) return NotHeld("symlink", errno);
      char text[32];
      const ssize_t n = ::readlink(path.c_str(), text, sizeof(text));
      if (n < 0 && errno == ENOENT) continue;
      // What isn't a link is none of ours.
      if (n < 0 && errno != EINVAL) return NotHeld("readlink", errno);
      const absl::string_view target(text, static_cast<size_t>(n < 0 ? 0 : n));
      if (OwnerOfRecord(absl::StrCat(target, "\n")).kind ==
          Owner::Kind::kAlive) {
        return Attempt::Busy();
      }
      const int error = RemoveFile(path);
      if (error != 0 && error != ENOENT) return NotHeld("unlink", error);
    }
    return Attempt::Busy();
  }
};

}  // namespace

Mutant BreaksStaleSymlinkMutant() {
  return {"breaks_stale_symlink",
          "Removes the symbolic link of a dead process without looking "
          "whether it still is that one.",
          {{"Systematic.NoInterleavingAdmitsTwo"},
           {"Systematic.CrashAtAnyCallFrees"}},
          Serve<BreaksStaleSymlink>()};
}

}  // namespace conformance
