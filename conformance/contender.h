// One contender process as a value: send, await with a deadline, signal, reap.
//
// A contender is forked from this process (an implementation linked in) or
// spawned (any command). It leads a process group of its own, dies with the
// process that started it (PR_SET_PDEATHSIG, prctl(2)), and is killed and
// reaped, with whatever it left in its group, when the value is destroyed.
//
// The starting process must have a single thread: an implementation linked in
// runs in a forked child without exec.

#ifndef CONFORMANCE_CONTENDER_H_
#define CONFORMANCE_CONTENDER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/process/ending.h"

namespace conformance {

// How to get a contender of the implementation under test.
struct ContenderSource {
  // A command and its arguments; the program is searched for in PATH.
  std::vector<std::string> command;
  // Or, where `command` is empty, what runs as the contender's main in a forked
  // child, speaking on descriptors 0 and 1.
  std::function<int()> main;

  // An implementation linked in.
  static ContenderSource LinkedIn(
      std::function<std::unique_ptr<Implementation>()> make);

  // As a person would type it.
  std::string ToString() const;
};

// The contender's inheritance besides that of every process.
struct StartOptions {
  // Root's right to override file permissions is given up, so that permissions
  // hold as they do for an ordinary user (ObeyPermissions, forked_child.h).
  bool obey_permissions = false;
  // SIGCHLD ignored and a few signals blocked, as a careless parent leaves it.
  bool hostile_signals = false;
  std::string directory;  // to start in; "": where we are
  // Variables of its environment that differ from ours; nullopt: it has none.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  // The user and group that it runs as, with no other groups; 0: as we do.
  uid_t user = 0;
  // Its file mode creation mask; -1: ours (umask(2)).
  int umask = -1;
  // System calls that fail, with an errno each, from the start on (seccomp(2)).
  // `argument`: only if the second argument is this; -1: any.
  struct FailingCall {
    int64_t number = 0;
    int error = 0;
    int64_t argument = -1;
  };
  std::vector<FailingCall> failing_calls;
};

class Contender {
 public:
  // Unavailable when the command cannot be executed (the message says why),
  // ResourceExhausted when this machine gives no process or pipe, and
  // FailedPrecondition when it doesn't let a contender be started like that.
  static absl::StatusOr<std::unique_ptr<Contender>> Start(
      const ContenderSource& source, const StartOptions& options = {});

  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  ~Contender();

  // Writes a line; the newline is added. False when the contender no longer
  // reads (it has ended, or closed its input).
  bool Send(absl::string_view line);
  void CloseInput();
  // Whether nothing of what was sent is still to be read.
  bool HasReadEverything() const;

  // The result of waiting for a line.
  struct Line {
    enum class Kind {
      kLine,     // `text` is a line without its newline
      kTimeout,  // nothing whole came in time; `text` is what did
      kEnd,      // the process has ended; `text` is an unfinished line
      kClosed,   // it lives but has closed its output
      kTooLong,  // more than kMaxLineBytes without a newline
    } kind = Kind::kTimeout;
    std::string text;
  };
  // Waits until `deadline` (a MonotonicNow).
  Line Await(absl::Duration deadline);
  // Whether Await would return at once.
  bool HasLine() const { return absl::StrContains(buffer_, '\n'); }
  // Whether what comes next begins like this.
  bool NextIs(absl::string_view beginning) const {
    return absl::StartsWith(buffer_, beginning);
  }
  // Takes in what has come, without waiting.
  void Pump();

  // The spawned process, which may be a wrapper of the one that locks.
  pid_t pid() const { return pid_; }
  // The process that really locks, once `hello` has told: its end counts as
  // the contender's too.
  void SetLockingPid(pid_t pid);
  pid_t locking_pid() const { return locking_pid_; }

  // Signals the process that really locks. False, with errno, when it cannot.
  bool Signal(int signal) const;
  // Waits for the spawned process to end; kLives when the deadline passes.
  Ending Reap(absl::Duration deadline);
  // Kills the whole process group and reaps the spawned process.
  void KillGroup();

  // The last of what came on standard error, at most a few KiB.
  std::string StandardError();
  // For each thread of the process group: name, state, wait channel, and
  // current system call. For reports of a hang.
  std::string DescribeThreads() const;

  // The descriptors that become readable when Await has something to do.
  std::vector<int> PollFds() const;

 private:
  Contender(pid_t pid, int in, int out, int err);
  void ReadInto(int& fd, std::string& buffer, size_t keep_last);
  bool Ended();

  pid_t pid_;
  pid_t locking_pid_;
  int in_, out_, err_;  // our ends of its pipes; -1: closed
  int pidfd_ = -1;      // of locking_pid_
  std::string buffer_;  // read from out_ and not yet returned
  std::string error_tail_;
  std::optional<Ending> ending_;
};

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDER_H_
