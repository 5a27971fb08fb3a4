// A child of ours tells the time before and after its clock is turned.

#include "conformance/turned_clock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

struct Times {
  int64_t realtime, coarse, of_day, seconds, monotonic;
};

Times Now() {
  Times times;
  timespec ts;
  ::clock_gettime(CLOCK_REALTIME, &ts);
  times.realtime = ts.tv_sec;
  ::clock_gettime(CLOCK_REALTIME_COARSE, &ts);
  times.coarse = ts.tv_sec;
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  times.monotonic = ts.tv_sec;
  timeval tv;
  ::gettimeofday(&tv, nullptr);
  times.of_day = tv.tv_sec;
  times.seconds = ::time(nullptr);
  return times;
}

// A child that answers each byte with what it takes for the time.
class Child {
 public:
  Child() {
    if (::pipe2(ask_, O_CLOEXEC) != 0 || ::pipe2(answer_, O_CLOEXEC) != 0)
      ::abort();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char byte;
    while (::read(ask_[0], &byte, 1) == 1) {
      const Times times = Now();
      if (::write(answer_[1], &times, sizeof(times)) < 0) ::_exit(1);
    }
    ::_exit(0);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const int fd : {ask_[0], ask_[1], answer_[0], answer_[1]}) ::close(fd);
  }
  pid_t pid() const { return pid_; }
  Times Ask() {
    Times times = {};
    if (::write(ask_[1], "?", 1) != 1 ||
        ::read(answer_[0], &times, sizeof(times)) !=
            static_cast<ssize_t>(sizeof(times))) {
      ADD_FAILURE() << "the child has ended";
    }
    return times;
  }

 private:
  int ask_[2], answer_[2];
  pid_t pid_;
};

void ExpectOff(const Times& child, int64_t by) {
  const Times now = Now();
  EXPECT_NEAR(static_cast<double>(child.realtime - now.realtime), by, 5);
  EXPECT_NEAR(static_cast<double>(child.coarse - now.coarse), by, 5);
  EXPECT_NEAR(static_cast<double>(child.of_day - now.of_day), by, 5);
  EXPECT_NEAR(static_cast<double>(child.seconds - now.seconds), by, 5);
  EXPECT_NEAR(static_cast<double>(child.monotonic - now.monotonic), 0, 5);
}

TEST(TurnedClockTest, TurnsOneProcessAndBack) {
  Child child;
  ExpectOff(child.Ask(), 0);
  absl::StatusOr<TurnedClock> clock = TurnedClock::Of(child.pid());
  if (absl::IsUnimplemented(clock.status())) {
    GTEST_SKIP() << clock.status().message();
  }
  ASSERT_TRUE(clock.ok()) << clock.status();
  ExpectOff(child.Ask(), 0);
  ASSERT_TRUE(clock->TurnBy(absl::Hours(1)).ok());
  ExpectOff(child.Ask(), 3600);
  ASSERT_TRUE(clock->TurnBy(-absl::Hours(1)).ok());
  ExpectOff(child.Ask(), -3600);
  ASSERT_TRUE(clock->TurnBy(absl::ZeroDuration()).ok());
  ExpectOff(child.Ask(), 0);
}

TEST(TurnedClockTest, SaysThatThereIsNoSuchProcess) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const absl::Status status = TurnedClock::Of(gone).status();
  EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
}

}  // namespace
}  // namespace conformance
