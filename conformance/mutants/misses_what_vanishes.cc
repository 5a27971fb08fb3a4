#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <unistd.h>

#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class MissesWhatVanishes : public PlainLock {
  int Open(const std::string& path) override {
    const std::string claim = absl::StrCat(path, ".claim.", ::getpid());
    ::close(::open(claim.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    const absl::Cleanup remove([&] { ::unlink(claim.c_str()); });
    ::poll(nullptr, 0, 5);  // for the others to announce themselves
    glob_t claims = {};
    ::glob((path + ".claim.*").c_str(), 0, nullptr, &claims);
    const absl::Cleanup forget([&] { ::globfree(&claims); });
    // The window: the first of all goes meanwhile.
    if (claims.gl_pathc > 1 && claims.gl_pathv[0] != claim) {
      ::poll(nullptr, 0, 20);
    }
    for (size_t i = 0; i < claims.gl_pathc; ++i) {
      if (claims.gl_pathv[i] == claim) continue;
      const int fd = ::open(claims.gl_pathv[i], O_RDONLY | O_CLOEXEC);
      if (fd < 0) return -1;
      ::close(fd);
    }
    return PlainLock::Open(path);
  }
};

const RegisteredMutant kMissesWhatVanishes({
    "misses_what_vanishes",
    "Announces itself by a file beside the lock, looks into those of the "
    "others, and fails when one of them has gone since it was found.",
    {{"Exclusion.BarrierRaceHasOneWinner"}, {"Exclusion.FreeRunNeverOverlaps"}},
    Serve<MissesWhatVanishes>(),
});

}  // namespace
}  // namespace conformance
