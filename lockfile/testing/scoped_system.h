// Puts another System in the place of the real one, for a test's duration.

#ifndef LOCKFILE_TESTING_SCOPED_SYSTEM_H_
#define LOCKFILE_TESTING_SCOPED_SYSTEM_H_

#include "lockfile/internal/system.h"

namespace lockfile {

// Not while other threads use LockFile. `system` must outlive it.
class ScopedSystemForTesting {
 public:
  explicit ScopedSystemForTesting(internal::System* system)
      : previous_(internal::System::Exchange(system)) {}
  ScopedSystemForTesting(const ScopedSystemForTesting&) = delete;
  ScopedSystemForTesting& operator=(const ScopedSystemForTesting&) = delete;
  ~ScopedSystemForTesting() { internal::System::Exchange(previous_); }

 private:
  internal::System* previous_;
};

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_SCOPED_SYSTEM_H_
