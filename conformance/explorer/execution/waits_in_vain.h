// Releases in the midst of an attempt that waits: the waiter is stopped after
// each of its calls in turn, and the holder releases there. A waiter that has
// looked, and gets itself woken only afterwards, sleeps on beside a free lock.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_WAITS_IN_VAIN_H_
#define CONFORMANCE_EXPLORER_EXECUTION_WAITS_IN_VAIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/tracing/tracer_options.h"

namespace conformance::explorer {

struct WaitsInVainOptions {
  ContenderSource source;
  TracerOptions tracing;      // its folder is empty
  std::string lock = "lock";  // the lock's name in the folder
  absl::Duration wait = absl::InfiniteDuration();  // what the waiter asks for
  // Without a call of the waiter, until it counts as waiting.
  absl::Duration asleep = absl::Seconds(1);
};

struct WaitsInVain {
  int releases = 0;  // that the waiter has noticed
  // The one that it hasn't, if any: after which call of its own it came, and
  // how it waits since then, for ten times `asleep`.
  std::string after, waits;
  std::string stopped;  // why not all could be made; "" if they were
};

// The waiter goes on to where it waits or naps, or has made a hundred calls,
// and gets the lock that is released then; and then again, released after each
// call on its way there. Ends with the first release that it doesn't notice.
// Errors are those of a tracer: Unavailable where it is forbidden.
absl::StatusOr<WaitsInVain> SeeWaitsInVain(const WaitsInVainOptions& options);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_WAITS_IN_VAIN_H_
