#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PidFile : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Lock(int fd) override {
    const int error = PlainLock::Lock(fd);
    if (error != 0) return error;
    if (LoggedPid(fd) == "UNKNOWN") return 0;
    ::flock(fd, LOCK_UN);
    return EWOULDBLOCK;
  }
  int LockUntil(int fd, absl::Duration deadline) override {
    return PollUntil(deadline, absl::Milliseconds(5), [&] { return Lock(fd); });
  }
  int Unlock(int fd, const std::string& path) override {
    const int error = ::ftruncate(fd, 0) == 0 ? 0 : errno;
    PlainLock::Unlock(fd, path);
    return error;
  }
};

// As in py-filelock 561.
const RegisteredMutant kPidFile({
    "pid_file",
    "Locks the file, and is held, too, whenever that names a process that is "
    "alive.",
    {{"OwnerRecord.LeftOverRecordBlocksNobody"}},
    Serve<PidFile>(PlainLock::Owner::kRecorded),
});

}  // namespace
}  // namespace conformance
