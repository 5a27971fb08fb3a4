// The parts of the test locks.

#ifndef CONFORMANCE_EXPLORER_TESTING_LOCK_PARTS_H_
#define CONFORMANCE_EXPLORER_TESTING_LOCK_PARTS_H_

#include <fcntl.h>

#include <functional>
#include <string>

#include "conformance/contender.h"
#include "conformance/implementation.h"

namespace conformance::explorer {

// How a file of a lock is opened.
inline constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;

// An error, with errno.
Attempt Failed(const char* what);

// Acquired; `release` says what went wrong, or "".
Attempt HeldUntil(std::function<std::string()> release);

// Releases, in the same way.
std::string CloseIt(int fd);
std::string UnlinkIt(const std::string& path);

// A contender that acquires like this, as often as it is asked.
using TryLock = std::function<Attempt(const std::string& path)>;
ContenderSource Source(const TryLock& acquire);

// flock(2) with this operation.
Attempt Flock(const std::string& path, int operation,
              const std::function<std::string(int)>& release);

// O_EXCL, removed on release. `wait`: again after a nap while another has it.
Attempt CreateExclusively(const std::string& path, bool wait);

// The word that a child says through a pipe.
char ReadOne(int fd);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TESTING_LOCK_PARTS_H_
