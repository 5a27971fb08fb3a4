// The clock of histories, deadlines and waits.

#ifndef CONFORMANCE_MONOTONIC_NOW_H_
#define CONFORMANCE_MONOTONIC_NOW_H_

#include "absl/time/time.h"

namespace conformance {

// Time since an unspecified start that is the same in all processes of one
// boot: CLOCK_MONOTONIC, see clock_gettime(2). Histories never hold wall time.
absl::Duration MonotonicNow();

}  // namespace conformance

#endif  // CONFORMANCE_MONOTONIC_NOW_H_
