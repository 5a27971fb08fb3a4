#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

constexpr int kNothingSaid = -1;

class KeepsLockInHelper : public BareLock {
  Attempt Try(const std::string& path) override {
    int said[2];
    if (::pipe2(said, O_CLOEXEC) != 0) return NotHeld("pipe2", errno);
    const pid_t helper = ::fork();
    if (helper == 0) Help(path, said[1]);
    ::close(said[1]);
    int error = kNothingSaid;
    if (helper < 0) {
      error = errno;
    } else if (::read(said[0], &error, sizeof(error)) != sizeof(error)) {
      error = ECHILD;
    }
    ::close(said[0]);
    const auto end = [helper] {
      ::kill(helper, SIGKILL);
      ::waitpid(helper, nullptr, 0);
      return std::string();
    };
    if (error == 0) return HeldUntil(end);
    if (helper > 0) end();
    return NotHeld("helper", error);
  }

  // `said`: 0, or why it hasn't got the lock.
  [[noreturn]] static void Help(const std::string& path, int said) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    const int error = fd < 0 ? errno : Flock(fd, LOCK_EX | LOCK_NB);
    if (::write(said, &error, sizeof(error)) != sizeof(error)) ::_exit(1);
    for (;;) ::pause();
  }
};

// Shortest: a's helper locks; a is killed; b is refused, for ever.
const RegisteredRaceMutant kKeepsLockInHelper({
    "keeps_lock_in_helper",
    "Locks in a forked helper, which does not notice that its parent was "
    "killed.",
    {{"Systematic.CrashAtAnyCallFrees"}},
    Serve<KeepsLockInHelper>(),
});

}  // namespace
}  // namespace conformance
