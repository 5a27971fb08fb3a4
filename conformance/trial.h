// A trial: one run of one requirement's check. It is what a check sees.
//
// The first thing that goes wrong decides the verdict and ends the trial; from
// then on every verb does nothing and returns an empty value. So a check is a
// plain list of steps, with no test after each one:
//
//   void SecondProcessIsRefused(Trial& t) {
//     const int holder = t.Start();
//     const int other = t.Start();
//     t.MustAcquire(holder);
//     t.MustBeRefused(other);
//   }
//
// Loops must ask `going()`. A trial runs in a process of its own (runner.h), so
// it may unshare namespaces and change its limits, and a fault in a check
// cannot reach the others.

#ifndef CONFORMANCE_TRIAL_H_
#define CONFORMANCE_TRIAL_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/shard.h"
#include "conformance/turned_clock.h"
#include "conformance/verdict.h"

namespace conformance {

struct TrialOptions {
  std::string directory;  // an empty folder of the trial's own, absolute
  absl::Duration deadline = absl::Seconds(10);  // of each exchange
  absl::Duration limit = absl::Seconds(90);     // of the whole trial
  uint64_t seed = 1;
  Profile profile;  // of the lock, as far as it is known
  // How long checks that need it hold a lock or let one wait.
  absl::Duration hold = absl::Milliseconds(6300);
  // The time a systematic exploration may take; it ends in time, and says how
  // far it came.
  absl::Duration exploration = absl::Seconds(20);
  Shard shard;  // of such an exploration
};

// The facts of a file that can be seen without following a link at its name.
struct FileFacts {
  bool exists = false;
  uint64_t device = 0, inode = 0;
  uint64_t mode = 0, links = 0, size = 0;
  absl::Time modified, changed;
  // Of a regular file that can be read, at most kMaxContent bytes; the target
  // of a symbolic link.
  static constexpr size_t kMaxContent = size_t{4} << 20;
  std::string content;

  // "regular file, inode 5, mode 0644, 12 bytes, modified ..."
  std::string ToString() const;
};

class Trial {
 public:
  // A contender that does not claim all of `needs` gives `unsupported`.
  Trial(std::string id, std::vector<absl::string_view> needs,
        ContenderSource source, TrialOptions options);

  // ---- Contenders, known by the number that Start returns -----------------

  // Starts a contender and exchanges `hello`. -1 when the trial has ended.
  int Start(const StartOptions& options = {});
  // The same, but one that doesn't come to its hello ends no trial; -1 then.
  int TryStart(const StartOptions& options);
  // A contender that only asks whether the lock is free; started when needed.
  int Outsider();

  // From now on contenders are started without root's right to override
  // permissions.
  void ObeyPermissions(bool obey = true) { obey_permissions_ = obey; }

  const Introduction& introduction(int who) const;
  pid_t pid(int who) const;  // of the process that really locks
  bool Can(absl::string_view capability) const;  // by the first hello

  // ---- Speaking ------------------------------------------------------------

  // Sends and awaits. A death, a timeout or nonsense ends the trial.
  Answer Ask(int who, const Command& command);
  // The same, of which only the last is kept in the history: for what is asked
  // thousands of times.
  Answer AskQuietly(int who, const Command& command);
  void Send(int who, const Command& command);
  Answer Await(int who);
  // Waits for an answer of any contender that owes one. {-1, none} when none
  // does, or when the trial has ended.
  std::pair<int, Answer> AwaitAny();
  bool Owes(int who) const;
  // Sends `cancel` for the acquisition whose answer `who` owes. Both are
  // answered, in either order: Await waits for both, and gives the
  // acquisition's.
  void Cancel(int who);
  // Whether an answer, or the end, of one that owes has come. Does not wait.
  bool HasAnswer(int who);

  // ---- Steps with one right answer ----------------------------------------
  // The path "" is Path("lock").

  Answer MustAcquire(int who, absl::string_view handle = "a",
                     absl::string_view path = "");
  Answer MustBeRefused(int who, absl::string_view handle = "a",
                       absl::string_view path = "");
  void MustRelease(int who, absl::string_view handle = "a");
  // An `error` answer: neither acquired nor refused.
  Answer MustFail(int who, absl::string_view handle, absl::string_view path);
  // The same of an answer that has come.
  void JudgeFailure(int who, const Answer& answer);
  // A contender that takes no other part finds the lock held, or free.
  void OutsiderMustBeRefused(absl::string_view path = "");
  void OutsiderMustAcquire(absl::string_view path = "");

  // ---- Signals and deaths -------------------------------------------------

  void Signal(int who, int signal);
  // Sends a fatal signal and waits for the end.
  void Kill(int who, int signal);
  // The same, again and again: runtimes that handle a fault go on after one
  // that was only sent.
  void KillUntilDead(int who, int signal);
  // Closes its input, or sends `exit`, and waits for the end.
  void EndInput(int who);
  void AskToExit(int who);
  void Stop(int who);  // SIGSTOP, and waits until it has stopped
  // Turns its wall clock, while it stands still or waits. False, with the
  // verdict `not run`, where this machine can't do it.
  bool TurnClock(int who, absl::Duration by);
  // A child by the protocol; 0 when the trial has ended.
  pid_t Fork(int who, absl::string_view handle, absl::string_view mode);
  Answer ForkAnswer(int who, absl::string_view handle, absl::string_view mode);
  void KillChild(pid_t child);
  void AwaitChildEnd(pid_t child);

  // Lets time pass, where time is what the check is about: a release just
  // before a deadline. Never to wait for something to happen.
  void Pause(absl::Duration duration) const;
  void PauseUntil(absl::Duration monotonic_time) const;

  // ---- Files of the trial --------------------------------------------------

  std::string Path(absl::string_view name) const;
  // The same file, as seen from the folder in which contenders start.
  std::string RelativePath(absl::string_view name) const;
  void Write(absl::string_view name, absl::string_view content);
  // Over the bytes of the file, whatever its length; the inode stays. It ends
  // the trial as `unsupported` if there is no regular file.
  void Overwrite(absl::string_view name, absl::string_view content);
  void SetMode(absl::string_view name, mode_t mode);
  // The times of the last access and change; of a link, its own.
  void SetTimes(absl::string_view name, absl::Time time);
  void Link(absl::string_view target, absl::string_view name);  // symlink(2)
  void MakeDirectory(absl::string_view name, mode_t mode = 0755);
  // A file, link or folder. It may have gone already.
  void Remove(absl::string_view name);
  FileFacts Facts(absl::string_view name) const;
  // Where the lock of that name is, as a name as well: "lock.lock" for "lock".
  // It ends the trial as `unsupported` where that is not known.
  std::string PlaceOf(absl::string_view name);
  bool KnowsPlace() const { return !options_.profile.at.empty(); }
  // Or whether it is kept where nothing in the trial's folder can be in the
  // way: at a place that isn't known, or that is the same for all folders.
  bool IsElsewhere() const {
    return !KnowsPlace() || options_.profile.at.front() == '/';
  }
  // Mounts a file system of the trial's own on a new folder. False, with the
  // verdict `not run`, where this machine forbids it.
  bool MountTmpfs(absl::string_view name, absl::string_view data);
  bool RemountReadOnly(absl::string_view name);

  // ---- Judging -------------------------------------------------------------

  // The lock's profile; see profile.h.
  const Profile& profile() const { return options_.profile; }

  // Whether the death of a holder frees its lock at once. If not, by design,
  // it ends the trial as `not asked`.
  bool DeathFrees();

  // While it lives, a failure is explained by that requirement, if that one is
  // broken: what is being done is nothing but what that one promises.
  class Explains {
   public:
    // Nothing new with an empty id.
    Explains(Trial& t, absl::string_view id) : t_(t), before_(t.explained_by_) {
      if (t.going() && !id.empty()) t.explained_by_ = id;
    }
    Explains(const Explains&) = delete;
    Explains& operator=(const Explains&) = delete;
    ~Explains() {
      if (t_.going()) t_.explained_by_ = before_;
    }

   private:
    Trial& t_;
    const absl::string_view before_;
  };

  // Tells what the check is about to do or has seen; part of a failure's
  // message.
  void Note(absl::string_view what);
  void NoteFields(std::vector<std::string> fields);
  // Tells what the check did to a file; part of the history.
  void Did(absl::string_view what);
  // A violation unless `ok`.
  bool Expect(bool ok, absl::string_view expected, absl::string_view happened);
  // This machine cannot run the check; the contender is none that it is for.
  void NotRun(absl::string_view reason);
  void Unsupported(absl::string_view reason);
  // The lock is made otherwise, by design.
  void NotAsked(absl::string_view reason);
  // A verdict that no verb finds out; a pass, too, that has something to say.
  void Give(Outcome outcome, absl::string_view expected,
            absl::string_view happened);
  // Evidence, or what was covered; part of the report, whatever the verdict.
  void Attach(absl::string_view text);
  void Harness(absl::string_view reason);
  // That the check has done `done` of `all` and has no time for the rest,
  // since an operation takes so long: `not run`, with the arithmetic.
  void TooSlow(int64_t done, int64_t all, absl::string_view what);
  // Whether most of the time of the whole trial is over.
  bool TimeIsShort() const;
  // The history so far, on the path, must be one that a lock can have.
  void HistoryMustBeLegal(absl::string_view path = "");
  // Fails in the harness's name if `ok` is false: a step of our own, with
  // errno.
  bool Own(bool ok, absl::string_view step);

  bool going() const { return verdict_.outcome == Outcome::kPass; }
  std::mt19937_64& random() { return random_; }
  absl::Duration deadline() const { return options_.deadline; }
  const TrialOptions& options() const { return options_; }
  const ContenderSource& source() const { return source_; }

  // Ends what still runs and gives the verdict.
  Verdict Finish();

 private:
  struct Player {
    std::unique_ptr<Contender> contender;
    Introduction introduction;
    std::optional<Command> asked;  // and not answered
    absl::Duration asked_at;       // as of MonotonicNow
    // The `cancel` of what was asked, and which of the two answers came first.
    std::optional<Command> cancel;
    std::optional<Answer> first;
    std::vector<LogRecord> log;  // since it was asked
    size_t log_bytes = 0;        // of its lines
    std::optional<TurnedClock> clock;
    bool ended = false;
  };
  // The most basic requirement: a lock that breaks it fails at any step.
  static constexpr absl::string_view kExcludes =
      "Exclusion.SecondProcessIsRefused";
  // The holder of the lock of a path, as far as orderly answers tell.
  struct Tenure {
    int holder = -1;
    std::string handle;
    int last = -1;  // who held it before
  };

  Player& player(int who) { return players_[static_cast<size_t>(who)]; }
  const Player& player(int who) const {
    return players_[static_cast<size_t>(who)];
  }
  bool Alive(int who) const;
  // How long its answer may take; hello may take longer, since a runtime takes
  // its time to start, and that is not about locking.
  absl::Duration AllowedFor(int who) const;
  absl::Duration DeadlineOf(int who) const;
  // Whether no answer can come any more: its only thread reads its input again,
  // and there is nothing in it.
  bool HasForgotten(int who);
  // The requirement that promises what an orderly step does; "" if something
  // was done that is beyond the basic ones.
  absl::string_view BasicOf(int who, const Command& command) const;
  // Whether it reads its input while it serves what it was asked.
  bool ReadsMeanwhile(int who) const;
  void Keep(int who, const Command& command, const Answer& answer);
  // Handles one line, or why none came; nullopt after a log event.
  std::optional<Answer> Receive(int who, const Contender::Line& line);
  // One of the two answers after a `cancel`; gives the acquisition's when it
  // has both. `fits` is what is wrong with them.
  std::optional<Answer> ReceiveOfTwo(int who, Answer answer,
                                     absl::Status& fits);
  void Decide(Outcome outcome, std::string expected, std::string happened);
  void DecideDeath(int who, absl::string_view doing);
  void DecideTimeout(int who, absl::string_view partial);
  // A contender that has gone when a signal is to be sent has crashed.
  void SendSignal(int who, int signal);
  void RecordEnd(int who);
  std::string AfterNote() const;
  bool UnshareMounts();
  // Whether a contender still says no more than anybody wants to hear; if not,
  // that ends the trial.
  bool IsBearable(int who, const std::string& line, bool is_log);

  const std::vector<absl::string_view> needs_;
  const ContenderSource source_;
  const TrialOptions options_;
  const absl::Duration begin_;
  Verdict verdict_;
  std::vector<Player> players_;
  std::map<std::string, Tenure> tenures_;  // by path
  bool disturbed_ = false;  // other things were done than acquire and release
  absl::string_view explained_by_;  // Explains
  bool obey_permissions_ = false;
  size_t quiet_from_ = 0, quiet_to_ = 0;  // events of the last AskQuietly
  int outsider_ = -1;
  size_t heard_ = 0;        // bytes of all lines that were kept
  size_t quiet_heard_ = 0;  // of those before the last AskQuietly
  bool unshared_ = false;
  std::mt19937_64 random_;
};

}  // namespace conformance

#endif  // CONFORMANCE_TRIAL_H_
