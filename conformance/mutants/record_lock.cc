#include "conformance/mutants/record_lock.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/protocol.h"

namespace conformance {

int RecordLock::Lock(int fd) {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_SETLK, &whole) == 0) return 0;
  return errno == EACCES || errno == EAGAIN ? EWOULDBLOCK : errno;
}

int RecordLock::LockUntil(int fd, absl::Duration deadline) {
  return PollUntil(deadline, absl::Milliseconds(5), [&] { return Lock(fd); });
}

Introduction RecordLock::Describe() const {
  Introduction self = PlainLock::Describe();
  self.profile = "record-lock";
  return self;
}

// See fcntl(2).
const RegisteredMutant kRecordLock({
    "record_lock",
    "Takes a POSIX record lock, which belongs to the process and is lost when "
    "any descriptor of the file is closed.",
    {{"Exclusion.SecondAcquireInProcessIsRefused"},
     {"Exclusion.ThreadsOfOneProcessExclude"}},
    Serve<RecordLock>(),
});

}  // namespace conformance
