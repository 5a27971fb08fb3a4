// The lock of the example in docs/writing_a_contender.md: the reference, by the
// interface that the example takes for given.

#ifndef TOOLS_DOCS_SNIPPETS_MY_LOCK_H_
#define TOOLS_DOCS_SNIPPETS_MY_LOCK_H_

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lockfile/lock_file.h"

namespace my {

class Lock {
 public:
  // 0, or the errno of what failed: EWOULDBLOCK when somebody has the lock.
  int TryLock(const std::string& path) {
    absl::StatusOr<lockfile::LockFile> lock = lockfile::LockFile::Acquire(path);
    if (lock.ok()) {
      lock_ = *std::move(lock);
      return 0;
    }
    if (lockfile::IsRefused(lock.status())) return EWOULDBLOCK;
    return absl::IsNotFound(lock.status()) ? ENOENT : EACCES;
  }

  void unlock() { lock_.reset(); }

 private:
  std::optional<lockfile::LockFile> lock_;
};

}  // namespace my

#endif  // TOOLS_DOCS_SNIPPETS_MY_LOCK_H_
