// The settings of a tracer.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACER_OPTIONS_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACER_OPTIONS_H_

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "conformance/contender.h"

namespace conformance::explorer {

struct TracerOptions {
  std::string directory;  // the lock's folder; exists, with an absolute path
  // After which a contender counts as hanging.
  absl::Duration deadline = absl::Seconds(10);
  // A MonotonicNow from which on nobody is waited for.
  absl::Duration end = absl::InfiniteDuration();
  StartOptions start;  // of contenders; only obey_permissions is obeyed
  // To be pinned to; -1: to the one that we are on, and to another when it
  // turns out that somebody else wants that, too.
  int processor = -1;
  // Sends contenders their SIGKILL. Tests replace it by one that doesn't, as if
  // the contender waited in the kernel uninterruptibly (proc(5), state D).
  std::function<int(pid_t, int)> kill = &::kill;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACER_OPTIONS_H_
