// A child process as a value, for tests: forked to run a function, spoken to
// over a channel, and certainly gone in the end.

#ifndef LOCKFILE_TESTING_CHILD_H_
#define LOCKFILE_TESTING_CHILD_H_

#include <sys/types.h>

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace lockfile {

// One end of a conversation in words. Nobody waits longer than a deadline that
// is only passed when something is wrong, and then the process is aborted.
class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  void Send(absl::string_view word) const;

  // The next word, or "" if the other end is gone.
  std::string Receive() const;

 private:
  int descriptor_;
};

class Child {
 public:
  // Forks a child that runs `body` and then leaves by _exit(2), with what
  // `body` returned as its status.
  explicit Child(absl::FunctionRef<int(Channel&)> body);

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Kills it if need be, and reaps it.
  ~Child();

  Channel& channel() { return *channel_; }
  pid_t pid() const { return pid_; }

  void Signal(int signal) const;

  // Waits for its end, and returns how it ended, as waitpid(2) does.
  int Await();

 private:
  pid_t pid_;
  bool reaped_ = false;
  Channel* channel_ = nullptr;
};

// The exit status in what Await() returned; or -1000 - n if it died by signal
// n.
int ExitStatus(int wait_status);

// Looks again and again until it is so, for what can't be waited for otherwise;
// aborts the process after the deadline.
void AwaitThat(absl::FunctionRef<bool()> condition);

// Waits until process `pid` no longer exists or is a zombie.
void AwaitDeath(pid_t pid);

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_CHILD_H_
