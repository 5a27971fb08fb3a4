// Runs real contenders, unmodified, under ptrace(2), and stops each at the
// system calls that others could notice (visibility.h): who goes on is the
// caller's to say. Threads, children, vfork and exec are followed; a contender
// with several of them does one visible call at a time.
//
//   absl::StatusOr<std::unique_ptr<Tracer>> tracer =
//       Tracer::Create({.directory = "/tmp/x"});
//   absl::StatusOr<Stop> hello = (*tracer)->Start(0, source);
//   (*tracer)->Command(0, "acquire a /tmp/x/lock 0");
//   absl::StatusOr<Stop> stop = (*tracer)->RunToVisible(0);
//   while (stop.ok() && stop->kind == Stop::Kind::kCall) {
//     (*tracer)->Perform(0);                    // or Fail, Shorten, Kill
//     stop = (*tracer)->RunToVisible(0);
//   }                                           // kAnswer: "acquired a"
//
// Only one Tracer at a time in a process, which is pinned to one processor
// together with its contenders, should have no other children than these, must
// have a single thread, and lends SIGALRM and the interval timer to the Tracer
// (tracing_signals.h). When it ends, be it by SIGKILL, its contenders end
// (PTRACE_O_EXITKILL).
//
// A contender that is waited for in vain, because it hangs or the time for all
// of it is over, is no error, but a result (wait_result.h). Errors of all
// functions, with the contender's letter: Unavailable when tracing is forbidden
// here, or its program can't be run or be traced; else Internal.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACER_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACER_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/deaths.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/pattern.h"
#include "conformance/explorer/tracing/pending_calls.h"
#include "conformance/explorer/tracing/pinned_processor.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/trace_events.h"
#include "conformance/explorer/tracing/traced_callers.h"
#include "conformance/explorer/tracing/tracer_options.h"
#include "conformance/explorer/tracing/tracing_signals.h"
#include "conformance/explorer/tracing/wait_result.h"

namespace conformance::explorer {

class Tracer {
 public:
  static absl::StatusOr<std::unique_ptr<Tracer>> Create(
      const TracerOptions& options);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  // Kills all contenders, and gives the processors back.
  ~Tracer();

  // Starts a contender in the folder, killing an earlier one with this id, and
  // has it introduce itself: kAnswer, with its answer to `hello`, or kInVain.
  absl::StatusOr<Stop> Start(ActorId id, const ContenderSource& source);
  // Keeps the contender that has just been started, which must not have been
  // sent anything, as a pattern: `id` doesn't live any more, and StartCopy
  // gives it life in a tenth of the time. False, and nothing has changed, when
  // it can't be copied: it has several threads or processes (pattern.h).
  absl::StatusOr<bool> Keep(ActorId id);
  bool HasPattern(ActorId id) const { return patterns_.count(id) != 0; }
  // FailedPrecondition when there is no pattern.
  absl::StatusOr<WaitResult> StartCopy(ActorId id);

  // The contender will read this line, which must not be longer than a pipe
  // holds (64 KiB). It doesn't run yet.
  absl::Status Command(ActorId id, absl::string_view line);
  // Its input ends. It has ended when its main processes have; what is left of
  // it then survives, as after a Crash. How it ended is how the one that was
  // started did. Not for copies, whose input stays open: FailedPrecondition.
  absl::Status EndInput(ActorId id);
  // Lets it run until its next stop. Where it stands before a visible call
  // already, that is the answer.
  absl::StatusOr<Stop> RunToVisible(ActorId id) {
    return RunToVisible(id, options_.deadline);
  }
  // The same with a deadline of its own.
  absl::StatusOr<Stop> RunToVisible(ActorId id, absl::Duration deadline);

  // As in pending_calls.h, of the call that it stands before.
  absl::StatusOr<CallResult> Perform(ActorId id) { return calls_.Perform(id); }
  absl::StatusOr<CallResult> Pass(ActorId id) { return calls_.Pass(id); }
  absl::StatusOr<CallResult> Fail(ActorId id, int error, int partial = -1) {
    return calls_.Fail(id, error, partial);
  }
  absl::StatusOr<CallResult> Shorten(ActorId id, uint64_t bytes) {
    return calls_.Shorten(id, bytes);
  }
  bool WouldBlock(ActorId id) const { return calls_.WouldBlock(id); }
  Footprint WaitsFor(ActorId id) const { return calls_.WaitsFor(id); }
  bool Converts(ActorId id) const { return calls_.Converts(id); }
  void NapsTakeTime(bool take) { calls_.NapsTakeTime(take); }

  // As in deaths.h. Survivors go on by RunSurvivors, Perform or Pass.
  absl::StatusOr<Death> Kill(ActorId id) { return deaths_.Kill(id); }
  absl::StatusOr<Death> Crash(ActorId id) { return deaths_.Crash(id); }
  absl::StatusOr<SurvivorsStop> RunSurvivors(ActorId id) {
    return deaths_.RunSurvivors(id);
  }

  // The contenders that live, and the calls that they stand before.
  const ProcessTable& processes() const { return table_; }
  // Tells of what is in the folder now, after a reset by the caller; and of the
  // process that left it by being killed, so that to ask whether that lives is
  // as visible as it would be if it had been one of the contenders. 0: none.
  void FolderIs(const std::vector<Entry>& entries, pid_t dead = 0);
  // Tells that everything in there has become old. Gives what that changed.
  Footprint FolderAges() { return model_.Age(); }
  // Descriptors in the folder that it has open.
  int OpenDescriptors(ActorId id) const {
    return model_.OpenDescriptors(id.contender);
  }
  // The last that it wrote on standard error, a few KiB.
  std::string StandardError(ActorId id) const;
  // Stops of traced threads so far, for measurements.
  int64_t stops() const { return events_.stops(); }

 private:
  Tracer(const TracerOptions& options, const std::string& given_directory,
         std::unique_ptr<PinnedProcessor> processor);
  absl::StatusOr<Stop> Introduce(ActorId id);

  const TracerOptions options_;
  FileModel model_;
  ProcessTable table_;
  TracedCallers callers_;
  CallDecoder decoder_;
  TraceEvents events_;
  PendingCalls calls_;
  Deaths deaths_;
  std::map<ActorId, std::unique_ptr<Pattern>> patterns_;
  std::unique_ptr<PinnedProcessor> processor_;
  TracingSignals signals_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACER_H_
