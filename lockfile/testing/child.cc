// Children, by fork(2), and waiting for them with a deadline, by pidfd_open(2).

#include "lockfile/testing/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/log/check.h"

namespace lockfile {
namespace {

// Generous: sanitizers, and a hundred tests at once on a loaded machine.
constexpr int kDeadlineMilliseconds = 120 * 1000;

void AwaitReadable(int descriptor) {
  struct pollfd event = {descriptor, POLLIN, 0};
  int ready = ::poll(&event, 1, kDeadlineMilliseconds);
  while (ready == -1 && errno == EINTR) {
    ready = ::poll(&event, 1, kDeadlineMilliseconds);
  }
  CHECK_EQ(ready, 1) << "nothing happened before the deadline";
}

}  // namespace

Channel::~Channel() { ::close(descriptor_); }

void Channel::Send(absl::string_view word) const {
  // One message is one word: the sockets are of type SOCK_SEQPACKET.
  ssize_t sent = ::send(descriptor_, word.data(), word.size(), MSG_NOSIGNAL);
  while (sent == -1 && errno == EINTR) {
    sent = ::send(descriptor_, word.data(), word.size(), MSG_NOSIGNAL);
  }
}

std::string Channel::Receive() const {
  AwaitReadable(descriptor_);
  char word[256];
  ssize_t size = ::recv(descriptor_, word, sizeof(word), 0);
  while (size == -1 && errno == EINTR) {
    size = ::recv(descriptor_, word, sizeof(word), 0);
  }
  return std::string(word, size < 0 ? 0 : static_cast<size_t>(size));
}

Child::Child(absl::FunctionRef<int(Channel&)> body) {
  int ends[2];
  PCHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  pid_ = ::fork();
  PCHECK(pid_ != -1);
  if (pid_ == 0) {
    // A test that aborts leaves nothing behind.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    Channel channel(ends[1]);
    ::_exit(body(channel));
  }
  ::close(ends[1]);
  channel_ = new Channel(ends[0]);
}

Child::~Child() {
  if (!reaped_) {
    Signal(SIGKILL);
    (void)Await();
  }
  delete channel_;
}

void Child::Signal(int signal) const { PCHECK(::kill(pid_, signal) == 0); }

int Child::Await() {
  AwaitDeath(pid_);
  int status = 0;
  PCHECK(::waitpid(pid_, &status, 0) == pid_);
  reaped_ = true;
  return status;
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status)
                                : -1000 - WTERMSIG(wait_status);
}

void AwaitThat(absl::FunctionRef<bool()> condition) {
  for (int i = 0; i < kDeadlineMilliseconds; ++i) {
    if (condition()) return;
    ::poll(nullptr, 0, 1);
  }
  CHECK(condition()) << "it was not so before the deadline";
}

void AwaitDeath(pid_t pid) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor == -1 && errno == ESRCH) return;
  PCHECK(descriptor != -1);
  AwaitReadable(descriptor);
  ::close(descriptor);
}

}  // namespace lockfile
