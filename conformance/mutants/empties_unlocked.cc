#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class EmptiesUnlocked : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Unlock(int fd, const std::string& /*path*/) override {
    ::flock(fd, LOCK_UN);
    const int error = ::ftruncate(fd, 0) == 0 ? 0 : errno;
    return ::close(fd) == 0 ? error : errno;
  }
};

const RegisteredMutant kEmptiesUnlocked({
    "empties_unlocked",
    "Empties the file on release when it has unlocked it already.",
    {{"OwnerRecord.ReleaseSparesNextRecord"}},
    Serve<EmptiesUnlocked>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
