// The events of traced threads (ptrace(2)). Each is waited for, and taken into
// the table of processes and the model of the folder; then the thread goes on,
// unless it stands before a visible call (visibility.h) or has answered.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACE_EVENTS_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACE_EVENTS_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/wait_result.h"

namespace conformance::explorer {

class TraceEvents {
 public:
  // `deadline` and `end` as in TracerOptions.
  TraceEvents(ProcessTable& table, FileModel& model, const CallDecoder& decoder,
              absl::Duration deadline, absl::Duration end)
      : table_(table),
        model_(model),
        decoder_(decoder),
        deadline_(deadline),
        end_(end) {}
  TraceEvents(const TraceEvents&) = delete;
  TraceEvents& operator=(const TraceEvents&) = delete;

  // Waits for one event of this contender, or of any, or for an answer that
  // comes without one.
  absl::StatusOr<WaitResult> Wait(ActorId id, HangLimit& hang_limit) {
    return WaitUntil(end_, id, hang_limit);
  }
  // The same, of one that has been killed: it is waited for in any case, be the
  // time up.
  absl::StatusOr<WaitResult> WaitForDeath(ActorId id, HangLimit& hang_limit) {
    return WaitUntil(absl::InfiniteDuration(), id, hang_limit);
  }
  // Takes in the deaths of those that stood before a call and were killed
  // there.
  struct Noticed {
    bool any = false;
    WaitResult wait;
  };
  absl::StatusOr<Noticed> NoticeDeaths(ActorId id, HangLimit& hang_limit);
  // Takes in one event of any thread, as waitpid(2) with these flags finds it.
  // Gives what that returned, and its errno.
  pid_t Take(int flags);

  // Has those of its threads that stand behind something go on.
  void Release(ActorId id);
  void Continue(const Task& task, int signal = 0);
  // Threads that go on while one stands are given time to come to rest, so that
  // what they do doesn't depend on what other contenders do meanwhile. Where
  // one never rests, there is no such point.
  void Settle(ActorId id);
  // Whether all of them are at rest.
  bool IsSettled(ActorId id) const;
  // Whether one of its threads will wake up by itself, all being asleep.
  bool SomeWillWakeUp(ActorId id) const;
  // As HangLimit asks for them.
  std::map<pid_t, absl::Duration> RunnableTasks(ActorId id) const;

  // Unavailable, with the reason, when contenders can't be traced any further.
  absl::Status status() const;
  // Stops of traced threads so far.
  int64_t& stops() { return stops_; }
  int64_t stops() const { return stops_; }

 private:
  absl::StatusOr<WaitResult> WaitUntil(absl::Duration end, ActorId id,
                                       HangLimit& hang_limit);
  void Handle(pid_t tid, int status);
  void HandleCall(Task& task);
  void HandleExit(Task& task);
  void HandleExec(pid_t tid);
  void HandleWrite(Task& task);
  Task* Adopt(pid_t tid);
  void Remove(pid_t tid, int status);
  std::string DescribeThreads(ActorId id) const;

  ProcessTable& table_;
  FileModel& model_;
  const CallDecoder& decoder_;
  const absl::Duration deadline_;
  const absl::Duration end_;
  int64_t stops_ = 0;
  std::string broken_;  // why contenders can't be traced any further
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACE_EVENTS_H_
