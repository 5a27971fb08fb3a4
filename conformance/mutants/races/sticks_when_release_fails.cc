// Marks the record before it is removed, so that nobody takes it over
// meanwhile; and when it can't be removed, the mark stays. The release says
// that it has failed; but when its process is no more, nobody can release it
// again.
//
// Shortest: a acquires; its ftruncate fails as it releases, and nobody gets the
// lock any more.

#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class SticksWhenReleaseFails : public RecordInPlace {
  int Claim(int fd) override {
    char first = 0;
    if (::pread(fd, &first, 1, 0) == 1 && first == '!') return EWOULDBLOCK;
    return RecordInPlace::Claim(fd);
  }
  int Release(int fd, const std::string& path) override {
    if (::pwrite(fd, "!", 1, 0) != 1) {
      const int error = errno;
      ::close(fd);
      return error;
    }
    return RecordInPlace::Release(fd, path);
  }
};

}  // namespace

Mutant SticksWhenReleaseFailsMutant() {
  return {"sticks_when_release_fails",
          "Leaves a mark that is never taken for stale where a release fails.",
          {{"Systematic.FailureAtAnyCallIsHonest"}},
          Serve<SticksWhenReleaseFails>()};
}

}  // namespace conformance
