// Each kind of ending, of processes that end so.

#include "conformance/process/ending.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace conformance {
namespace {

Ending OfExit(int status) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(status);
  int waited = 0;
  EXPECT_EQ(::waitpid(child, &waited, 0), child);
  return Ending::FromWaitStatus(waited);
}

Ending OfSignal(int signal) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // A sanitizer has handlers of its own.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(0);
  }
  int waited = 0;
  EXPECT_EQ(::waitpid(child, &waited, 0), child);
  return Ending::FromWaitStatus(waited);
}

TEST(EndingTest, Exits) {
  const Ending exited = OfExit(7);
  EXPECT_EQ(exited.kind, Ending::Kind::kExited);
  EXPECT_EQ(exited.code, 7);
  EXPECT_EQ(exited.ToString(), "exited with status 7");
  EXPECT_EQ(OfExit(255).ToString(), "exited with status 255");
  // A shell's way to tell of a signal is an exit all the same.
  EXPECT_EQ(OfExit(137).ToString(), "exited with status 137");
}

TEST(EndingTest, Signals) {
  const Ending killed = OfSignal(SIGKILL);
  EXPECT_EQ(killed.kind, Ending::Kind::kKilled);
  EXPECT_EQ(killed.code, SIGKILL);
  EXPECT_EQ(killed.ToString(), "was killed by signal 9 (Killed)");
  EXPECT_EQ(OfSignal(SIGSEGV).ToString(),
            "was killed by signal 11 (Segmentation fault)");
}

TEST(EndingTest, NoneYet) { EXPECT_EQ(Ending().ToString(), "still lives"); }

}  // namespace
}  // namespace conformance
