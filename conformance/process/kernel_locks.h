// The kernel's locks that processes have, as /proc/PID/fdinfo tells (proc(5)).

#ifndef CONFORMANCE_PROCESS_KERNEL_LOCKS_H_
#define CONFORMANCE_PROCESS_KERNEL_LOCKS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace conformance {

struct KernelLock {
  std::string kind;  // "FLOCK", "OFDLCK", "POSIX" or "LEASE"
  std::string path;  // of the open file; " (deleted)" stands behind it then
  pid_t holder = 0;  // the process that has the file open

  bool operator==(const KernelLock& other) const {
    return kind == other.kind && path == other.path && holder == other.holder;
  }
};

// Of the processes and all their descendants. Empty, too, where the kernel
// doesn't show.
std::vector<KernelLock> KernelLocksOf(const std::vector<pid_t>& processes);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_KERNEL_LOCKS_H_
