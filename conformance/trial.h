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

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {

struct TrialOptions {
  std::string directory;  // an empty folder of the trial's own, absolute
  absl::Duration deadline = absl::Seconds(10);  // of each exchange
  absl::Duration limit = absl::Seconds(90);     // of the whole trial
  uint64_t seed = 1;
  // What a systematic exploration may take; it ends in time, and says how far
  // it came.
  absl::Duration exploration = absl::Seconds(20);
};

// What can be seen of a file without following a link at its name.
struct FileFacts {
  bool exists = false;
  uint64_t device = 0, inode = 0;
  uint64_t mode = 0, links = 0, size = 0;
  absl::Time modified, changed;
  std::string content;  // of a regular file that can be read

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
  // A contender that only asks whether the lock is free; started when needed.
  int Outsider();

  const Introduction& introduction(int who) const;
  pid_t pid(int who) const;  // of the process that really locks
  bool Can(absl::string_view capability) const;  // by the first hello

  // ---- Speaking ------------------------------------------------------------

  // Sends and awaits. A death, a timeout or nonsense ends the trial.
  Answer Ask(int who, const Command& command);
  void Send(int who, const Command& command);
  Answer Await(int who);
  // Waits for an answer of any contender that owes one. {-1, none} when none
  // does, or when the trial has ended.
  std::pair<int, Answer> AwaitAny();
  bool Owes(int who) const;
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
  // A contender that takes no other part finds the lock held, or free.
  void OutsiderMustBeRefused(absl::string_view path = "");
  void OutsiderMustAcquire(absl::string_view path = "");

  // ---- What happens to processes ------------------------------------------

  void Signal(int who, int signal);
  // Sends a fatal signal and waits for the end.
  void Kill(int who, int signal);
  // Closes its input, or sends `exit`, and waits for the end.
  void EndInput(int who);
  void AskToExit(int who);
  void Stop(int who);  // SIGSTOP, and waits until it has stopped
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
  // Over the bytes of the file, whatever its length; the inode stays.
  void Overwrite(absl::string_view name, absl::string_view content);
  void MakeDirectory(absl::string_view name, mode_t mode = 0755);
  void Remove(absl::string_view name);
  FileFacts Facts(absl::string_view name) const;
  // Mounts a file system of the trial's own on a new folder. False, with the
  // verdict `not run`, where this machine forbids it.
  bool MountTmpfs(absl::string_view name, absl::string_view data);
  bool RemountReadOnly(absl::string_view name);

  // ---- Judging -------------------------------------------------------------

  // What the check is about to do or has seen; part of a failure's message.
  void Note(absl::string_view what);
  // A violation unless `ok`.
  bool Expect(bool ok, absl::string_view expected, absl::string_view happened);
  // This machine cannot run the check; the contender is none that it is for.
  void NotRun(absl::string_view reason);
  void Unsupported(absl::string_view reason);
  // A verdict that no verb finds out; a pass, too, that has something to say.
  void Give(Outcome outcome, absl::string_view expected,
            absl::string_view happened);
  // Evidence, or what was covered; part of the report, whatever the verdict.
  void Attach(absl::string_view text);
  void Harness(absl::string_view reason);
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
    std::vector<LogRecord> log;    // since it was asked
    bool ended = false;
  };

  Player& player(int who) { return players_[static_cast<size_t>(who)]; }
  const Player& player(int who) const {
    return players_[static_cast<size_t>(who)];
  }
  bool Alive(int who) const;
  // Handles one line, or why none came; nullopt after a log event.
  std::optional<Answer> Receive(int who, const Contender::Line& line);
  void Decide(Outcome outcome, std::string expected, std::string happened);
  void DecideDeath(int who, absl::string_view doing);
  void DecideTimeout(int who, absl::string_view partial);
  // A contender that has gone when a signal is to be sent has crashed.
  void SendSignal(int who, int signal);
  void RecordEnd(int who);
  std::string AfterNote() const;
  bool UnshareMounts();

  const std::vector<absl::string_view> needs_;
  const ContenderSource source_;
  const TrialOptions options_;
  const absl::Duration begin_;
  Verdict verdict_;
  std::vector<Player> players_;
  int outsider_ = -1;
  bool unshared_ = false;
  std::mt19937_64 random_;
};

}  // namespace conformance

#endif  // CONFORMANCE_TRIAL_H_
