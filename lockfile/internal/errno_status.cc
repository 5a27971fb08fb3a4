// Abseil's mapping of errno, with refusals kept apart from failures.

#include "lockfile/internal/errno_status.h"

#include <errno.h>

#include "absl/strings/str_cat.h"
#include "lockfile/internal/printable.h"

namespace lockfile {
namespace internal {

absl::StatusCode ErrnoToStatusCode(int error) {
  switch (error) {
    case 0:
      // A failed call that didn't say why. Not kOk, whatever happens.
      return absl::StatusCode::kInternal;
    case EAGAIN:
    case ENOLCK:
      // Abseil says kUnavailable. Here they mean that the kernel, or the
      // server of a network file system, has no lock left to give: flock(2).
      // (Contention is EWOULDBLOCK, the same number as EAGAIN, but only from
      // the one call whose caller asks about it before coming here.)
      return absl::StatusCode::kResourceExhausted;
    case EINTR:
    case ECANCELED:
      // kCancelled is for waits that the caller has given up.
      return absl::StatusCode::kAborted;
    case EIO:
      return absl::StatusCode::kDataLoss;
    case ELOOP:
      return absl::StatusCode::kFailedPrecondition;
    default:
      break;
  }
  const absl::StatusCode code = absl::ErrnoToStatusCode(error);
  switch (code) {
    case absl::StatusCode::kOk:
      return absl::StatusCode::kInternal;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      // The others are the network's errors, from a file system whose server
      // can't be reached.
      return absl::StatusCode::kFailedPrecondition;
    default:
      return code;
  }
}

absl::Status ErrnoToStatus(int error, absl::string_view operation,
                           absl::string_view path) {
  // Abseil finds the errno's text, since strerror(3) isn't thread-safe. Its
  // code is replaced by ours.
  const absl::Status status =
      absl::ErrnoToStatus(error, absl::StrCat(operation, " ", Printable(path)));
  return absl::Status(ErrnoToStatusCode(error), status.message());
}

}  // namespace internal
}  // namespace lockfile
