// A program that starts another one, which locks, and passes on what is said:
// as a shell script, a launcher or an interpreter's wrapper does.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/string_view.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// False at the end of what there is to read, or when nobody reads it.
bool PassOn(int from, int to) {
  char chunk[4096];
  ssize_t n = 0;
  do {
    n = ::read(from, chunk, sizeof(chunk));
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  return WriteWhole(to, absl::string_view(chunk, static_cast<size_t>(n))) == 0;
}

int Relay() {
  int commands[2];
  int answers[2];
  if (::pipe2(commands, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0) {
    return 1;
  }
  const pid_t relay = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != relay) return 1;
    ::dup2(commands[0], STDIN_FILENO);
    ::dup2(answers[1], STDOUT_FILENO);
    for (const int fd : {commands[0], commands[1], answers[0], answers[1]}) {
      ::close(fd);
    }
    return Serve<Flocked>()();
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::close(commands[0]);
  ::close(answers[1]);
  pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0}, {answers[0], POLLIN, 0}};
  while (ends[1].fd >= 0) {
    if (::poll(ends, 2, -1) < 0) continue;
    if (ends[0].revents != 0 && !PassOn(STDIN_FILENO, commands[1])) {
      ::close(commands[1]);
      ends[0].fd = -1;
    }
    if (ends[1].revents != 0 && !PassOn(answers[0], STDOUT_FILENO)) {
      ends[1].fd = -1;
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;  // nobody wants to know: SIGCHLD is ignored
  }
  constexpr int kKilled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kKilled + WTERMSIG(status);
}

const RegisteredSound kRelay({
    "relay",
    "Passes on what a child says that really locks.",
    &Relay,
});

}  // namespace
}  // namespace conformance::sound
