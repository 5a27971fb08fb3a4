// The signals of a process that traces: an interval timer (setitimer(2))
// interrupts its waits now and then by SIGALRM, since a wait for a traced
// thread has no time limit of its own; and SIGPIPE is ignored, since a
// contender that has ended must not kill us by a command.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACING_SIGNALS_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACING_SIGNALS_H_

#include <signal.h>

namespace conformance::explorer {

// For as long as it lives; at most one in a process.
class TracingSignals {
 public:
  TracingSignals();
  TracingSignals(const TracingSignals&) = delete;
  TracingSignals& operator=(const TracingSignals&) = delete;
  ~TracingSignals();

 private:
  struct sigaction pipe_action_ = {};  // of SIGPIPE, before
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACING_SIGNALS_H_
