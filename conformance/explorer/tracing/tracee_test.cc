// The state of a thread, by /proc.

#include "conformance/explorer/tracing/tracee.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>

#include "conformance/explorer/tracing/tracer_testing.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(TraceeTest, TellsWhoWillWakeUpByItself) {
  int silent[2];
  ASSERT_EQ(::pipe2(silent, O_CLOEXEC), 0);
  const timespec long_time = {1000, 0};
  pollfd nothing = {-1, 0, 0};
  char c = 0;
  const struct {
    bool wakes;
    std::function<void()> sleep;
  } cases[] = {
      {false, [] { ::pause(); }},
      {false, [&] { ::poll(&nothing, 1, -1); }},
      {false, [&] { ::ppoll(&nothing, 1, nullptr, nullptr); }},
      {false, [&] { (void)!::read(silent[0], &c, 1); }},
      {true, [&] { ::poll(&nothing, 1, 1'000'000); }},
      {true, [&] { ::ppoll(&nothing, 1, &long_time, nullptr); }},
      {true, [&] { ::nanosleep(&long_time, nullptr); }},
  };
  for (const auto& one : cases) {
    const pid_t child = ::fork();
    if (child == 0) {
      one.sleep();
      ::_exit(0);
    }
    while (!TaskIsAsleep(child, child)) ::sched_yield();
    EXPECT_EQ(SleepsForATime(child, child), one.wakes)
        << "case " << &one - cases;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  ::close(silent[0]);
  ::close(silent[1]);
}

}  // namespace
}  // namespace conformance::explorer
