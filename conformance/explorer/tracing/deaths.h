// The deaths of contenders, and the processes that live on when the one that
// locks has been killed, or has ended: children, helpers, and the one that had
// started it.

#ifndef CONFORMANCE_EXPLORER_TRACING_DEATHS_H_
#define CONFORMANCE_EXPLORER_TRACING_DEATHS_H_

#include <sys/types.h>

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"
#include "conformance/explorer/tracing/wait_result.h"

namespace conformance::explorer {

// Errors as of Tracer.
class Deaths {
 public:
  // `deadline` and `kill` as in TracerOptions.
  Deaths(ProcessTable& table, TraceEvents& events, absl::Duration deadline,
         std::function<int(pid_t, int)> kill)
      : table_(table),
        events_(events),
        deadline_(deadline),
        kill_(std::move(kill)) {}

  // SIGKILL for all its processes; returns when they are gone. They are waited
  // for even if the time is up, but not beyond the deadline: kUnkillable.
  absl::StatusOr<Death> Kill(ActorId id);

  // A crash: SIGKILL for the process that locks, and for no other. All other
  // processes of the contender survive, and go on as ActorId::SurvivorsOf it,
  // until they end or are killed; the contender can be started anew meanwhile.
  absl::StatusOr<Death> Crash(ActorId id);

  // The same processes survive an end that nobody has caused. They take the
  // place of those that earlier ones left, which are killed.
  absl::StatusOr<WaitResult> LeaveSurvivors(ActorId id);

  // Lets the survivors of this contender go on to their next visible call,
  // short naps included. One that sleeps unseen is given a second to wake up,
  // and a fifth of one where the call that it sleeps in isn't limited in time,
  // so that only a timer can end it.
  absl::StatusOr<SurvivorsStop> RunSurvivors(ActorId id);

 private:
  bool Stand(ActorId survivors);
  WaitResult OfKilled(ActorId id, WaitResult wait) const;

  ProcessTable& table_;
  TraceEvents& events_;
  const absl::Duration deadline_;
  const std::function<int(pid_t, int)> kill_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_DEATHS_H_
