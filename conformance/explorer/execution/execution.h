// Runs contenders through one schedule after another, and judges each from the
// contenders' own answers.
//
// Each contender has a script: so many cycles of acquire and release. It is
// sent a command as soon as it has answered the one before, and then stands
// before the first visible call of it; what comes before that call nobody can
// notice. A step is a visible call and all that follows up to the next one.
//
// *Holding* lasts from the answer `acquired` until `release` is sent, and
// `release` counts as sent when its first visible call is made. Both ends are
// in the footprint, as a write of Object::Hold(). A command that makes no
// visible call is a step by itself.
//
// Contenders are kept between executions, and the folder is reset; one that has
// died, that was part of a violation, or that still has a file of the folder
// open is started anew. Where that takes long, because it can't be copied, one
// is kept after a violation if it then acquires and releases as it should.
//
// These are judged, after every step: two hold; a refusal though nobody held,
// was acquiring or was releasing since the attempt began; an error of acquire
// or release that no injected failure explains; a contender that ends by
// itself, hangs, or answers nonsense; all that are not finished are blocked.
// And at the end: somebody new can acquire, and release.
//
// Many locks believe what they find until it is old. So a refusal that what was
// there at the start, or what a crash or a failed call left, may have caused,
// is judged at the end: if the lock can be had then though nothing has changed
// and no time has gone by, it was free. And that nobody can acquire is said
// only if it is so even when everything in the folder has become old.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_H_
#define CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/generated_names.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/execution/judgement.h"
#include "conformance/explorer/execution/timeline.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/tracer.h"
#include "conformance/explorer/tracing/wait_result.h"

namespace conformance::explorer {

struct ExecutionOptions {
  ContenderSource source;
  TracerOptions tracing;      // the folder is emptied
  std::string lock = "lock";  // its name in there
  std::vector<int> cycles;    // one for each contender, 1 to 26
  // Zero or InfiniteDuration: with a time in between, an execution would
  // depend on the clock.
  absl::Duration wait = absl::ZeroDuration();
  bool crashes = false;  // offered as faults of the actors' next steps
  // Also after a call, which leaves the same folder as before the next one.
  bool crashes_after = true;
  bool failures = false;  // offered as faults likewise
  // Each execution has new contenders. Otherwise they are kept as long as they
  // can be, and a new one acquires and releases once before it takes part: what
  // an implementation remembers from one acquisition to the next is then the
  // same in all executions.
  bool fresh = false;
  // New contenders are copies of one that has just been started, where that is
  // possible (Tracer::Keep).
  bool copies = false;
  // A command is sent by a step of its own. Otherwise it is sent early, and
  // what comes before its first visible call is done early, which nobody can
  // notice unless it is the very lock, by calls that can't be seen.
  bool separate_commands = false;
  // A year goes by when a contender is killed: what is in the folder is old.
  bool ages = false;
  // As in Schedule. Contenders that end can't be copies.
  std::vector<NormalEnd> ends;
  // Stops with kUnseenCall when a contender acquires or releases without a
  // visible call.
  bool needs_visible = false;
  bool check_end = true;  // that somebody new can acquire
  // How long, by the clock, one that can't get on is waited for before it is
  // said; its naps take their time then.
  absl::Duration stuck_limit = absl::ZeroDuration();
  bool record = true;  // the timeline, which takes a while
  // Nobody is interrupted: how many descriptors a contender keeps open now is
  // its own business in all executions to come.
  bool plain = false;
  int max_steps = 10'000;
};

// Why an execution was broken off that can't be judged.
enum class Stopped {
  kNot,
  // A step of the schedule isn't possible, such as one of a blocked contender:
  // it is a schedule of another implementation.
  kImpossibleStep,
  kWaitsUnseen,  // for the lock, in no call that is seen
  kDoesNotEnd,   // with its input
  kUnseenCall,   // it acquired or released by calls that aren't seen
  kTimeIsUp,     // TracerOptions::end has come
  kUnkillable,   // one was killed, and the system doesn't end it
  kNeverRests,   // one hangs even between its commands, when it is started
};

struct ExecutionOutcome {
  Violation violation = Violation::kNone;
  Stopped stopped = Stopped::kNot;
  std::string message;    // of a violation, or why it was stopped
  bool complete = false;  // all were finished; else it was given up
  int steps = 0;
  // How the contenders stood where none of them could go on any more.
  std::optional<std::vector<ActorState>> at_rest;
  // Descriptors in the folder that contenders still have open while nobody
  // holds, one number a contender.
  std::vector<int> leaked;
  std::vector<TimelineEvent> timeline;
};

class Execution {
 public:
  // So many descriptors more than where nobody is interrupted are a leak,
  // though nothing has failed: fewer may be kept to be used again.
  static constexpr int kDescriptorsOfALeak = 5;

  // Starts the contenders, as far as the time allows. Errors as of Tracer;
  // InvalidArgument for options that make no sense; DeadlineExceeded when a
  // contender doesn't introduce itself in time, without which there is nothing
  // to be executed.
  static absl::StatusOr<std::unique_ptr<Execution>> Create(
      const ExecutionOptions& options);

  // From the next execution on, other options; the source, the lock and those
  // of the tracer stay. InvalidArgument for options that make no sense.
  absl::Status Reconfigure(const ExecutionOptions& options);

  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution();

  // The next step; nothing: give this execution up.
  using Choose =
      absl::FunctionRef<std::optional<Step>(const std::vector<ActorState>&)>;
  using Executed = absl::FunctionRef<void(const Step&, const Footprint&)>;

  // One execution. A contender that waits in a call isn't enabled, but can be
  // killed there, and its call can fail: its faults say so. It ends with the
  // first violation. Errors are the harness's: tracing became impossible, the
  // folder can't be reset.
  absl::StatusOr<ExecutionOutcome> Run(const InitialState& initial,
                                       Choose choose, Executed executed);

  // The next execution has new contenders: what those of now remember of
  // earlier ones is gone. If this one is given up, they needn't finish it.
  void StartAnew();

  // From the next execution on, the lock is in this folder, which exists, and
  // the contenders are new: nothing that one of them left elsewhere under the
  // lock's path is met. Errors as of Tracer::Create, after which there is no
  // use for this object.
  absl::Status MoveTo(const std::string& directory);

  // The timeline as text.
  std::string Format(const ExecutionOutcome& outcome) const;

  // For reports: how often a contender was started, and stops of all of them.
  int64_t starts() const { return starts_; }
  int64_t stops() const { return stops_elsewhere_ + tracer_->stops(); }
  const ExecutionOptions& options() const { return options_; }
  // Visible calls by name, of all executions.
  const std::map<absl::string_view, int64_t>& calls() const { return calls_; }
  // The errors that they were made to fail with.
  const std::map<absl::string_view, std::set<int>>& errors() const {
    return errors_;
  }

  // The first contender's answer to hello.
  const std::string& introduction() const { return introduction_; }

  // Whether some execution in which nothing failed has shown how many
  // descriptors a contender keeps open. One that has more after a failed call
  // is judged from then on.
  bool knows_descriptors() const { return usual_descriptors_ >= 0; }

  // How many it keeps open where nobody is interrupted; -1: no plain execution
  // was made. One that has far more is judged from then on.
  int plain_descriptors() const { return plain_descriptors_; }

  // Whether new contenders are copies, as far as is known.
  bool can_copy() const { return can_copy_; }

  // Those of a contender, be they dead, that it is known by.
  std::vector<pid_t> ProcessesOf(int actor) const {
    return tracer_->processes().MainProcesses(actor);
  }

  // TracerOptions::end has come, be it before the contenders had started: no
  // execution is done any more.
  bool time_is_up() const { return time_is_up_; }

  // Whether processes live that survived a crash of the last execution.
  bool HasSurvivors() const { return !SurvivorsNote().empty(); }

  // Which names in the folder are made up anew each time: to be taught, and
  // asked. Footprints have the same name for them in each execution.
  GeneratedNames& names() { return names_; }

 private:
  // How far a contender is in the current execution.
  struct Progress {
    enum class State {
      kIdle,      // nothing is left of its script
      kUntold,    // its command is yet to be sent, or its input to be ended
      kTold,      // it knows, and has made no step of it
      kAtWork,    // it has
      kDead,      // with all its processes, or what is left of them rests
      kSurvived,  // processes of it that survived stand before a visible call
    };
    // The way the next execution treats it.
    enum class Next { kKeep, kTryOut, kStartAnew };

    State state = State::kIdle;
    Judgement::Work work = Judgement::Work::kNone;  // that it is told to do
    int left = 0;                         // cycles, with the current one
    NormalEnd end = NormalEnd::kNone;     // after these
    bool pending = false;                 // it stands before a call
    std::optional<std::string> answered;  // before any visible call
    bool yielded = false;
    int survivor_calls = 0;
    int last_calls = 0;  // since its input has ended
    Next next = Next::kKeep;

    bool dead() const {
      return state == State::kDead || state == State::kSurvived;
    }
    bool finished() const {
      return state == State::kIdle || state == State::kDead;
    }
    bool ending() const { return !dead() && work == Judgement::Work::kEnd; }
    void StartAnew() { next = Next::kStartAnew; }
    // Without survivors, as far as is known.
    void Die() {
      state = State::kDead;
      pending = false;
      StartAnew();
    }
  };

  explicit Execution(const ExecutionOptions& options) : options_(options) {}

  // To a command while all others stand: the answer, or in brackets what became
  // of the contender instead.
  struct Reply {
    std::string text;
    WaitResult wait;
  };

  // How long nobody has got on with its script.
  struct Idle {
    int steps = 0;         // in a row
    bool aged = false;     // all in the folder has become old since
    absl::Duration until;  // waited for by the clock; a MonotonicNow
  };

  static absl::Status Validate(const ExecutionOptions& options);
  absl::Status Prepare(const InitialState& initial);
  absl::Status RunScripts(Choose choose, Executed executed);
  absl::Status Conclude();
  void NobodyCanGoOn(const std::vector<ActorState>& states);
  bool IsPossible(const Step& step, const std::vector<ActorState>& states);
  absl::Status NobodyGetsOn(int actor, Idle& idle);
  void BreakOff(Stopped why, absl::string_view message);
  bool is_broken_off() const { return outcome_.stopped != Stopped::kNot; }
  bool is_over() const {
    return outcome_.violation != Violation::kNone || is_broken_off() ||
           outcome_.complete;
  }
  absl::StatusOr<WaitResult> StartContender(int actor);
  absl::Status WarmUp(int actor);
  absl::Status Send(int actor, Judgement::Work work);
  absl::Status Tell(int actor);
  absl::Status Next(int actor);
  absl::Status Advance(int actor);
  absl::Status Answered(int actor, const std::string& line);
  absl::Status Ended(int actor, const Ending& ending);
  void DoesNotEnd(int actor);
  absl::Status Do(const Step& step);
  absl::Status Crash(const Step& step);
  absl::Status NoticeDeaths();
  absl::Status MakeCall(const Step& step);
  absl::Status AdvanceSurvivors(int actor);
  ActorId IdOf(int actor) const;
  std::string Whoever(int actor) const;
  std::string SurvivorsNote() const;
  absl::Status Drain();
  absl::Status Recover();
  absl::Status CheckEnd();
  absl::Status CheckRelease(int actor);
  absl::StatusOr<Reply> AskLater(int actor, std::string answer);
  absl::Status LetTimePass();
  void CheckDescriptors();
  absl::StatusOr<Reply> AskStraight(int actor, bool release);
  std::vector<ActorState> States();
  void Begin(int actor);
  int Left() const;
  void NameTheSame(int actor);
  std::string Lettered(const std::string& path);
  void Violated(int actor, Violation violation, absl::string_view message);
  void Violated(int actor, const Ruling& ruling);
  Progress& progress(int actor) {
    return progress_[static_cast<size_t>(actor)];
  }
  const Progress& progress(int actor) const {
    return progress_[static_cast<size_t>(actor)];
  }
  void Judge(int actor, const WaitResult& wait);
  void GiveUp(const WaitResult& wait);
  void Record(int actor, TimelineEvent::Kind kind, absl::string_view text);
  std::string LineFor(bool release) const;

  ExecutionOptions options_;
  std::unique_ptr<Tracer> tracer_;
  std::set<int> surplus_;        // contenders that there is no more use for
  int64_t stops_elsewhere_ = 0;  // in folders of before
  GeneratedNames names_;
  std::vector<Progress> progress_;
  Judgement judgement_;
  ExecutionOutcome outcome_;
  Footprint footprint_;  // of the current step
  bool recording_ = true;
  bool draining_ = false;
  bool time_is_up_ = false;
  int64_t starts_ = 0;
  bool can_copy_ = true;
  bool recovers_ = true;  // contenders get over violations
  int failing_ = -1;      // whose call was made to fail
  // Descriptors that stay open with nothing having failed; -1: not known yet.
  int usual_descriptors_ = -1;
  int plain_descriptors_ = -1;
  std::map<absl::string_view, int64_t> calls_;
  std::map<absl::string_view, std::set<int>> errors_;
  int slow_ends_ = 0;  // for which new contenders were started, not copied
  std::string introduction_;
  std::map<pid_t, std::string> start_times_;  // of contenders' processes
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_H_
