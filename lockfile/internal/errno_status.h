// From errno to absl::Status: the one place where a failed system call gets
// its status code.

#ifndef LOCKFILE_INTERNAL_ERRNO_STATUS_H_
#define LOCKFILE_INTERNAL_ERRNO_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lockfile {
namespace internal {

// The code for `error`. Never kOk, never kUnavailable (which is how callers
// recognise a refusal) and never kDeadlineExceeded (which they would take for
// a wait that has elapsed).
absl::StatusCode ErrnoToStatusCode(int error);

// "<operation> <path>: <text of error>", the path made printable.
absl::Status ErrnoToStatus(int error, absl::string_view operation,
                           absl::string_view path);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_ERRNO_STATUS_H_
