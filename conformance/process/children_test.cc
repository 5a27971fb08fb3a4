// Children of a child of the test, killed by it.

#include "conformance/process/children.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "conformance/process/proc.h"
#include "conformance/testing/child.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

// Three generations, each in a session of its own, and the eldest two gone.
TEST(KillChildrenTest, FindsOrphansOfAllGenerations) {
  EXPECT_EQ(StatusOf([] {
              ::prctl(PR_SET_CHILD_SUBREAPER, 1);
              int lives[2];
              if (::pipe2(lives, O_CLOEXEC) != 0) return 1;
              for (int i = 0; i < 10; ++i) {
                if (::fork() == 0) {
                  ::setsid();
                  if (::fork() == 0) {
                    ::setsid();
                    if (::fork() == 0) ::setsid();
                    Forever();
                  }
                  ::_exit(0);
                }
              }
              ::close(lives[1]);
              if (!KillChildren()) return 2;
              // At its end when all that held it have ended.
              char c;
              if (::read(lives[0], &c, 1) != 0) return 3;
              return ::waitpid(-1, nullptr, WNOHANG) == -1 ? 0 : 4;
            }),
            0);
}

TEST(KillChildrenTest, SparesSome) {
  EXPECT_EQ(StatusOf([] {
              const Child spared(&Forever);
              const Child other(&Forever);
              if (!KillChildren({spared.pid()})) return 1;
              if (ProcessState(other.pid()) != '\0') return 2;
              return ChildrenOf(::getpid()) == std::vector<pid_t>{spared.pid()}
                         ? 0
                         : 3;
            }),
            0);
}

}  // namespace
}  // namespace conformance
