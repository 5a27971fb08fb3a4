// A process that does one piece of work in a folder of its own, and whose
// result is a text.
//
//   the caller --- the guard --- the worker   in its folder
//       ^                           |
//       +---- a pipe with the text -+
//
// The worker is a guarded process (guarded_process.h). Any of the three may be
// killed: the worker then ends, and its folder is removed. It also ends when
// its text is written. While it goes on, the caller polls output(), beside
// those of other workers, and calls Read; there is no thread, and no signal is
// taken.
//
// It sets no limit, which is for the caller to do. Where guard and caller are
// both killed, nobody is left to remove the folder.
//
//   state      output()   calls
//   works      >= 0       Read, ReadToEnd, Stop, End
//   has ended  -1         Result, ending, text, RemoveFolder
//
// The calling process must have a single thread, as for GuardedProcess. A child
// that is forked while an object lives must not destroy its copy, and so ends
// by _exit(2).

#ifndef CONFORMANCE_PROCESS_WORKER_PROCESS_H_
#define CONFORMANCE_PROCESS_WORKER_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/process/ending.h"
#include "conformance/process/guarded_process.h"

namespace conformance {

class WorkerProcess {
 public:
  // Runs in the worker; gives the text.
  using Body = std::function<std::string(const std::string& directory)>;

  // The folder is made in `scratch`, as MakeScratch does.
  //
  //   FailedPrecondition  no folder can be made there
  //   ResourceExhausted   there is no pipe to be had
  //   Internal            there is no process to be had
  //   Unavailable         no process can be watched here (pidfd_open(2))
  //
  // The message says what helps, where something does. Nothing is left after an
  // error.
  static absl::StatusOr<WorkerProcess> Start(const std::string& scratch,
                                             const Body& body);

  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  // As End.
  ~WorkerProcess() { End(); }

  // Polls readable when Read has something to do; -1 after the end.
  int output() const { return output_; }
  bool ended() const { return output_ < 0; }

  // Takes in what there is of the text, or waits until there is some. At its
  // end waits for the end of the guard, and sees to it that the folder is gone.
  void Read();
  // Reads to the end, until `deadline` (a MonotonicNow). Whether it has come.
  bool ReadToEnd(absl::Duration deadline = absl::InfiniteDuration());

  // Has the guard end all, and doesn't wait.
  void Stop() const;
  // Stops it, if it goes on, and waits for its end. The rest of its text is
  // lost.
  void End();

  // The rest is for after the end.

  // The text, if the worker has written all of it.
  //
  //   ResourceExhausted  the guard had no process for the worker
  //   Internal           the worker ended otherwise; the message says how
  absl::StatusOr<std::string> Result() const;
  // The part of the text that came, even so.
  const std::string& text() const { return text_; }
  const Ending& ending() const { return ending_; }

  // When a guard is killed, so is its worker, but what that has started comes
  // up to the caller, if that is a subreaper, and may go on for a while. When
  // the caller has ended this (children.h; other guards are to be spared), it
  // may have left something in the folder again.
  pid_t guard() const { return process_.guard(); }
  void RemoveFolder() const;

 private:
  WorkerProcess(GuardedProcess process, std::string directory, int output);
  void AwaitGuard();

  GuardedProcess process_;
  std::string directory_;
  int output_;  // the read end of its pipe; -1: the end has come
  std::string text_;
  Ending ending_;
};

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_WORKER_PROCESS_H_
