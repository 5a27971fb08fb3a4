// How mutants wait that do not wait in the kernel's queue.

#ifndef CONFORMANCE_MUTANTS_NAPS_H_
#define CONFORMANCE_MUTANTS_NAPS_H_

#include <errno.h>
#include <poll.h>
#include <time.h>

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"

namespace conformance {

inline void NapUntil(absl::Duration monotonic_time) {
  const timespec at = absl::ToTimespec(monotonic_time);
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) ==
         EINTR) {
  }
}

// Tries every `interval`, and a last time at the deadline.
inline int PollUntil(absl::Duration deadline, absl::Duration interval,
                     absl::FunctionRef<int()> attempt) {
  for (;;) {
    const bool last = MonotonicNow() >= deadline;
    const int error = attempt();
    if (error != EWOULDBLOCK || last) return error;
    NapUntil(std::min(deadline, MonotonicNow() + interval));
  }
}

// Whether the descriptor became readable, or its other end was closed.
inline bool AwaitReadable(int fd, absl::Duration deadline) {
  for (;;) {
    const absl::Duration left = deadline - MonotonicNow();
    if (left <= absl::ZeroDuration()) return false;
    pollfd poll_fd = {fd, POLLIN, 0};
    const int ready = ::poll(
        &poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready > 0) return true;
  }
}

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_NAPS_H_
