#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
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

// The mark is to keep others from taking the record over before it is removed.
// When its process is no more, nobody can release it again.
//
// Shortest: a acquires; its ftruncate fails as it releases, and nobody gets the
// lock any more.
const RegisteredRaceMutant kSticksWhenReleaseFails({
    "sticks_when_release_fails",
    "Leaves a mark that is never taken for stale where a release fails.",
    {{"Systematic.FailureAtAnyCallIsHonest"}},
    Serve<SticksWhenReleaseFails>(),
});

}  // namespace
}  // namespace conformance
