// The visible calls that contenders stand before: they are made, made to fail
// or cut short, or asked about.

#ifndef CONFORMANCE_EXPLORER_TRACING_PENDING_CALLS_H_
#define CONFORMANCE_EXPLORER_TRACING_PENDING_CALLS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"

namespace conformance::explorer {

// Errors as of Tracer; Internal where the contender stands before no call.
class PendingCalls {
 public:
  // `deadline` as in TracerOptions.
  PendingCalls(ProcessTable& table, FileModel& model, TraceEvents& events,
               absl::Duration deadline)
      : table_(table), model_(model), events_(events), deadline_(deadline) {}

  // Makes the call, and leaves the contender behind it. A sleep returns at
  // once, unless naps take time.
  absl::StatusOr<CallResult> Perform(ActorId id);
  // The same, but where the footprint doesn't depend on the result, or can be
  // foreseen, `result` may be anything, which saves a stop: the call is then
  // made by RunToVisible, which must be the very next thing that is asked of
  // this or any contender. One flock(2) in a few is performed all the same; if
  // any isn't what was foreseen, because somebody who isn't traced has locked
  // the file, none is foreseen from then on.
  absl::StatusOr<CallResult> Pass(ActorId id);
  // The call fails with this errno without being made; but a close(2) is made,
  // since a failed one closes on Linux (close(2)). With `partial`, a write that
  // Shorten can cut has put so many bytes into the file before it failed.
  absl::StatusOr<CallResult> Fail(ActorId id, int error, int partial);
  // The write(2) or pwrite64(2) writes no more than so many bytes.
  // FailedPrecondition for other calls.
  absl::StatusOr<CallResult> Shorten(ActorId id, uint64_t bytes);
  // From now on visible sleeps last as long as they are to, or no time.
  void NapsTakeTime(bool take) { naps_take_time_ = take; }

  // Whether the call would wait: asked of the kernel. Nobody may run.
  bool WouldBlock(ActorId id) const;
  // The lock that it would wait for then.
  Footprint WaitsFor(ActorId id) const;
  // Whether the call would turn a shared lock of flock(2) into an exclusive
  // one. It drops the one before it waits for the other (flock(2)), which isn't
  // followed here.
  bool Converts(ActorId id) const;

 private:
  absl::StatusOr<Task*> Front(ActorId id);
  absl::StatusOr<CallResult> Make(Task& task);
  absl::StatusOr<CallResult> Skip(Task& task, int64_t result);

  ProcessTable& table_;
  FileModel& model_;
  TraceEvents& events_;
  const absl::Duration deadline_;
  int64_t passed_locks_ = 0;
  bool foresees_locks_ = true;
  bool naps_take_time_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_PENDING_CALLS_H_
