// Runs real contenders, unmodified, under ptrace(2), and stops each at the
// system calls that concern the lock's folder: who goes on is the caller's to
// say. Nobody else can notice what a contender does between two such calls.
//
//   absl::StatusOr<std::unique_ptr<Tracer>> tracer =
//       Tracer::Create({.directory = "/tmp/x"});
//   absl::StatusOr<std::string> hello = (*tracer)->Start(0, source);
//   (*tracer)->Command(0, "acquire a /tmp/x/lock 0");
//   absl::StatusOr<Stop> stop = (*tracer)->RunToVisible(0);
//   while (stop.ok() && stop->kind == Stop::Kind::kCall) {
//     (*tracer)->Perform(0);                    // or Fail, Shorten, Kill
//     stop = (*tracer)->RunToVisible(0);
//   }                                           // kAnswer: "acquired a"
//
// Visible are calls on a path in the folder, or on a descriptor that was opened
// by one; sleeps, once a contender has made a visible call for its command, or
// has been killed and a child of it goes on;
// calls by which the end of a process, or an exec, closes such descriptors; and
// kill(2), and looking into /proc, where they are about another contender.
// Invisible are memory maps, futexes, sockets, and everything outside of the
// folder. Threads, children, vfork and exec are followed; a contender with
// several of them does one visible call at a time.
//
// An answer is taken from the write(2) that would send it, which is then
// skipped: the contender stands in it until it gets its next command.
//
// Time: a visible sleep returns at once. Clocks go on, so a contender that
// waits for a number of milliseconds is not deterministic; one that doesn't
// wait, or waits for ever, is.
//
// The process becomes pinned to one processor, together with its contenders: a
// stop costs a seventh of what it costs across two. Only one Tracer at a time
// in a process, which should have no other children than its contenders, must
// have a single thread, and lends SIGALRM and the interval timer (setitimer(2))
// to the Tracer. When it ends, be it by SIGKILL, its contenders end
// (PTRACE_O_EXITKILL).
//
// Errors of all functions: Unavailable when tracing is forbidden here, or the
// contender's program can't be run or be traced; DeadlineExceeded when a
// contender neither comes to a visible call nor answers in time; Cancelled when
// the time for all of it is over; Internal for what shouldn't happen. Each
// names the contender, by its letter.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACER_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACER_H_

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/hang_limit.h"
#include "conformance/explorer/tracing/pattern.h"
#include "conformance/explorer/tracing/pinned_processor.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/traced_callers.h"
#include "conformance/explorer/tracing/tracee.h"

namespace conformance::explorer {

struct Plumbing;

struct TracerOptions {
  std::string directory;  // the lock's folder; exists, with an absolute path
  // After which a contender counts as hanging.
  absl::Duration deadline = absl::Seconds(10);
  // A MonotonicNow from which on nobody is waited for: Cancelled.
  absl::Duration end = absl::InfiniteDuration();
  StartOptions start;  // of contenders; only obey_permissions is obeyed
  // To be pinned to; -1: to the one that we are on, and to another when it
  // turns out that somebody else wants that, too.
  int processor = -1;
};

class Tracer {
 public:
  static absl::StatusOr<std::unique_ptr<Tracer>> Create(
      const TracerOptions& options);

  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  // Kills all contenders, and gives the processors back.
  ~Tracer();

  // Starts a contender in the folder, killing an earlier one with this id, and
  // has it introduce itself. Gives its answer to `hello`.
  absl::StatusOr<std::string> Start(ActorId id, const ContenderSource& source);

  // Keeps the contender that has just been started, which must not have been
  // sent anything, as a pattern: `id` doesn't live any more, and StartCopy
  // gives it life in a tenth of the time. False, and nothing has changed, when
  // it can't be copied: it has several threads or processes (pattern.h).
  absl::StatusOr<bool> Keep(ActorId id);
  bool HasPattern(ActorId id) const { return patterns_.count(id) != 0; }
  // FailedPrecondition when there is no pattern.
  absl::Status StartCopy(ActorId id);

  // The contender will read this line, which must not be longer than a pipe
  // holds (64 KiB). It doesn't run yet.
  absl::Status Command(ActorId id, absl::string_view line);

  // Its input ends. It has ended when the process that was started and the one
  // that locks have; what is left of it then survives, as after a Crash. How it
  // ended is how the one that was started did. From then on all its naps are
  // visible, and the exits of those two. Not for copies, whose input stays
  // open: FailedPrecondition.
  absl::Status EndInput(ActorId id);

  // Lets it run until its next stop. Where it stands before a visible call
  // already, that is the answer.
  absl::StatusOr<Stop> RunToVisible(ActorId id);

  // Makes the call that it stands before, and leaves it behind that call.
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
  absl::StatusOr<CallResult> Fail(ActorId id, int error, int partial = -1);
  // The write(2) or pwrite64(2) writes no more than so many bytes.
  // FailedPrecondition for other calls.
  absl::StatusOr<CallResult> Shorten(ActorId id, uint64_t bytes);

  // SIGKILL; returns when all its processes are gone. The footprint is what
  // that freed.
  absl::StatusOr<Footprint> Kill(ActorId id);

  // A crash: SIGKILL for the process that locks, and for no other. All other
  // processes of the contender survive, and go on as ActorId::SurvivorsOf it,
  // by RunSurvivors, Perform or Pass, until they end or are killed; the
  // contender can be started anew meanwhile.
  absl::StatusOr<Footprint> Crash(ActorId id);

  // Where survivors came to a stand.
  struct SurvivorsStop {
    bool call = false;  // before a visible call; else they rest, or are gone
    Footprint freed;    // by those that ended meanwhile
  };
  // Lets them go on to their next visible call, short naps included. One that
  // sleeps unseen is given a second to wake up, and a fifth of one where the
  // call that it sleeps in isn't limited in time, so that only a timer can end
  // it.
  absl::StatusOr<SurvivorsStop> RunSurvivors(ActorId id);

  const ProcessTable& processes() const { return table_; }
  // Whether that call would wait: asked of the kernel. Nobody may run.
  bool WouldBlock(ActorId id);
  // Whether that call would turn a shared lock of flock(2) into an exclusive
  // one. It drops the one before it waits for the other (flock(2)), which isn't
  // followed here.
  bool Converts(ActorId id);

  // Tells of what is in the folder now, after a reset by the caller; and of the
  // process that left it by being killed, so that to ask whether that lives is
  // as visible as it would be if it had been one of the contenders. 0: none.
  void FolderIs(const std::vector<Entry>& entries, pid_t dead = 0);
  // Tells that everything in there has become old. What that changed.
  Footprint FolderAges() { return model_.Age(); }
  // Descriptors in the folder that it has open.
  int OpenDescriptors(ActorId id) const {
    return model_.OpenDescriptors(id.contender);
  }
  // From now on visible sleeps last as long as they are to, or no time.
  void NapsTakeTime(bool take) { naps_take_time_ = take; }
  // The last that it wrote on standard error, a few KiB.
  std::string StandardError(ActorId id) const;
  // For reports of a hang: what its threads are doing.
  std::string DescribeThreads(ActorId id) const;

  // Stops of traced threads so far, for measurements.
  int64_t stops() const { return stops_; }

 private:
  Tracer(const TracerOptions& options, const std::string& given_directory);

  [[noreturn]] void RunChild(const ContenderSource& source,
                             const Plumbing& pipes, pid_t parent) const;
  absl::StatusOr<std::string> Introduce(ActorId id);
  // Waits for one event of this contender, or of any.
  absl::Status WaitOnce(ActorId id, HangLimit& hang_limit);
  // As HangLimit asks for them.
  std::map<pid_t, absl::Duration> RunnableTasks(ActorId id) const;
  void Handle(pid_t tid, int status);
  void HandleCall(Task& task);
  void HandleExit(Task& task);
  void HandleExec(pid_t tid);
  void HandleWrite(Task& task);
  Task* Adopt(pid_t tid);
  void Remove(pid_t tid, int status);
  void Continue(Task& task, int signal = 0);
  absl::Status LeaveSurvivors(ActorId id);
  void Release(ActorId id);
  bool Settled(ActorId id) const;
  void Settle(ActorId id);
  bool SomeWillWakeUp(ActorId id) const;
  bool NapsLong(const Task& task) const;
  bool SurvivorsStand(ActorId id);
  absl::StatusOr<bool> NoticeDeaths(ActorId id, HangLimit& hang_limit);
  bool IsVisible(const Task& task, const FileModel::Description* target) const;
  absl::StatusOr<Task*> Front(ActorId id);
  absl::StatusOr<CallResult> Make(Task& task);
  absl::StatusOr<CallResult> Skip(Task& task, int64_t result);
  absl::Status Broken() const;
  static absl::Status TimeIsUp();

  TracerOptions options_;
  FileModel model_;
  ProcessTable table_;
  TracedCallers callers_;
  CallDecoder decoder_;
  std::map<ActorId, std::unique_ptr<Pattern>> patterns_;
  std::unique_ptr<PinnedProcessor> processor_;
  bool ticking_ = false;
  struct sigaction pipe_action_ = {};  // of SIGPIPE, before
  int64_t stops_ = 0;
  int64_t passed_locks_ = 0;
  bool foresees_locks_ = true;
  bool naps_take_time_ = false;
  bool ending_ = false;  // somebody is killed, and waited for in any case
  std::string broken_;   // why contenders can't be traced any further
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACER_H_
