// Forked children of a test.

#ifndef CONFORMANCE_TESTING_CHILD_H_
#define CONFORMANCE_TESTING_CHILD_H_

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace conformance {

// A forked child; killed and reaped in the end, unless that is done.
class Child {
 public:
  explicit Child(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ == 0) {
      body();
      ::_exit(0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

inline void Forever() {
  for (;;) ::pause();
}

// Runs `body` in a child and gives its exit status: for what would upset other
// tests.
inline int StatusOf(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_CHILD_H_
