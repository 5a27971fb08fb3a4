// Signals set, and set back.

#include "conformance/explorer/tracing/tracing_signals.h"

#include <signal.h>
#include <sys/time.h>

namespace conformance::explorer {
namespace {

// How often a wait looks at the clock.
constexpr int kTickMicroseconds = 20'000;

void Tick(int /*signal*/) {}

}  // namespace

TracingSignals::TracingSignals() {
  struct sigaction action = {};
  action.sa_handler = Tick;  // without SA_RESTART
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often = {{0, kTickMicroseconds}, {0, kTickMicroseconds}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_action_);
}

TracingSignals::~TracingSignals() {
  const itimerval never = {};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::signal(SIGALRM, SIG_DFL);
  ::sigaction(SIGPIPE, &pipe_action_, nullptr);
}

}  // namespace conformance::explorer
