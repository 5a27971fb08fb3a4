// CLOCK_MONOTONIC.

#include "conformance/monotonic_now.h"

#include <time.h>

#include "absl/time/time.h"

namespace conformance {

absl::Duration MonotonicNow() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace conformance
