// Turns the wall clock of one process that runs, and of no other: what it is
// told by clock_gettime(2), gettimeofday(2) and time(2) is so much later.
//
// These functions are in memory that the kernel gives each process (vdso(7)),
// as a private copy once somebody writes there. There each gets a jump to code
// that makes the system call and adds a number. So it works in any language,
// linked as it may be, and neither the system's clock nor the monotonic one is
// touched.
//
// It is not what happens when the system's clock is set: the times of files,
// and naps until a time of day, go by the real one.

#ifndef CONFORMANCE_TURNED_CLOCK_H_
#define CONFORMANCE_TURNED_CLOCK_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace conformance {

class TurnedClock {
 public:
  // For a process that stands still, waiting for input or stopped.
  // Unimplemented where this machine can't do it; the message says why.
  static absl::StatusOr<TurnedClock> Of(pid_t pid);

  // By whole seconds, from the real time; zero puts it right again.
  absl::Status TurnBy(absl::Duration duration) const;

 private:
  TurnedClock(pid_t pid, uint64_t slot) : pid_(pid), slot_(slot) {}

  pid_t pid_;
  uint64_t slot_;  // the address of the number that is added
};

}  // namespace conformance

#endif  // CONFORMANCE_TURNED_CLOCK_H_
