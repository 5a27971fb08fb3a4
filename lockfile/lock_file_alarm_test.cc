// Waiting with a limit by means of an alarm: that there is one, when there
// isn't, and that nothing of it is left. internal/flock_alarm.h explains.

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/base/config.h"
#include "absl/log/check.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lockfile/internal/flock_alarm.h"
#include "lockfile/internal/flock_helper.h"
#include "lockfile/internal/system.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/scoped_system.h"
#include "lockfile/testing/timed_wait.h"

namespace lockfile {
namespace {

using internal::FlockAlarm;
using internal::FlockHelperBlock;
using internal::System;

constexpr int kSignals[] = {SIGURG, SIGWINCH};

// This process's disposition of a signal: 0 is the default, 1 ignores it, 2 is
// a handler.
int DispositionOf(int signal) {
  struct sigaction action = {};
  PCHECK(::sigaction(signal, nullptr, &action) == 0);
  if (action.sa_handler == SIG_DFL) return 0;
  return action.sa_handler == SIG_IGN ? 1 : 2;
}

// Says how it is waited, and how often.
class Counting : public System {
 public:
  int alarms() const { return alarms_; }
  int helpers() const { return helpers_; }
  // Runs before each blocking flock(2), and after each that has locked.
  virtual void BeforeLock() {}
  virtual void AfterLock() {}

 protected:
  int DoSetFlockAlarm(FlockAlarm& alarm, int64_t at) override {
    const int error = System::DoSetFlockAlarm(alarm, at);
    alarms_ += error == 0 ? 1 : 0;
    deadline_ = at;
    return error;
  }
  int DoStartFlockHelper(FlockHelperBlock* block) override {
    ++helpers_;
    return System::DoStartFlockHelper(block);
  }
  int DoFlock(int descriptor, int operation) override {
    if (operation != LOCK_EX) return System::DoFlock(descriptor, operation);
    BeforeLock();
    const int result = System::DoFlock(descriptor, operation);
    const int error = errno;
    if (result == 0) AfterLock();
    errno = error;
    return result;
  }

  int64_t deadline() const { return deadline_; }

 private:
  int alarms_ = 0;
  int helpers_ = 0;
  int64_t deadline_ = 0;
};

class AlarmTest : public TimedWaitTest {
 protected:
  void SetUp() override {
#ifdef ABSL_HAVE_THREAD_SANITIZER
    GTEST_SKIP() << "ThreadSanitizer keeps signals back";
#endif
    UseMechanism(Mechanism::kAlarm);
  }
};

TEST_F(AlarmTest, TheProcessItselfWaits) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const std::unique_ptr<Child> waiter = StartWaiter(Mechanism::kAlarm);
  AwaitKernelWaiter();
  EXPECT_EQ(ListThreads(waiter->pid()).size(), 1);
  EXPECT_EQ(ReadFile(absl::StrCat("/proc/", waiter->pid(), "/task/",
                                  waiter->pid(), "/children")),
            "");
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(waiter->channel().Receive(), "held");
}

// The parts of an alarm that a process has.
std::string TracesOfAlarms() {
  std::string traces = absl::StrCat(
      ListThreads(::getpid()).size(), " threads, ", CountDescriptors(),
      " descriptors, timers:\n", ReadFile("/proc/self/timers"));
  for (const int signal : kSignals) {
    absl::StrAppend(&traces, "signal ", signal, ": ", DispositionOf(signal),
                    "\n");
  }
  return traces;
}

TEST_F(AlarmTest, LeavesNothingBehind) {
  Counting system;
  const ScopedSystemForTesting scope(&system);
  for (void (*const disposition)(int) : {SIG_DFL, SIG_IGN}) {
    for (const int signal : kSignals) ::signal(signal, disposition);
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    const std::string before = TracesOfAlarms();
    EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(1)));
    EXPECT_EQ(TracesOfAlarms(), before);
    EXPECT_TRUE(lock->Close().ok());
    {
      Child holder([](Channel& channel) {
        const absl::StatusOr<LockFile> its = LockFile::Acquire("lock");
        channel.Send(its.ok() ? "held" : "not held");
        AwaitKernelWaiter();
        return 0;
      });
      EXPECT_EQ(holder.channel().Receive(), "held");
      lock = AcquireWithin(absl::Hours(1));
      EXPECT_TRUE(lock.ok()) << lock.status();
    }
    EXPECT_EQ(TracesOfAlarms(), before);
  }
  EXPECT_EQ(system.alarms(), 4);
}

// A signal that the application uses is left to it.
TEST_F(AlarmTest, UsesWhatTheApplicationDoesNot) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  for (const bool blocks : {false, true}) {
    for (int used = 0; used < 4; ++used) {
      Child child([blocks, used](Channel&) {
        UseMechanism(Mechanism::kAlarm);
        sigset_t set;
        ::sigemptyset(&set);
        for (int i = 0; i < 2; ++i) {
          if ((used >> i & 1) == 0) continue;
          ::sigaddset(&set, kSignals[i]);
          if (!blocks) {
            ::signal(kSignals[i], [](int) { ::_exit(3); });
          }
        }
        if (blocks) PCHECK(::sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
        Counting system;
        const ScopedSystemForTesting scope(&system);
        if (!IsRefusedWithin(absl::Milliseconds(2))) return 1;
        sigset_t pending;
        PCHECK(::sigpending(&pending) == 0);
        for (const int signal : kSignals) {
          if (::sigismember(&pending, signal) != 0) return 2;
        }
        return 10 * system.alarms() + 100 * system.helpers();
      });
      EXPECT_EQ(ExitStatus(child.Await()), used == 3 ? 100 : 10)
          << blocks << " " << used;
    }
  }
}

TEST_F(AlarmTest, OthersSignalsDoNotEndTheWait) {
  Child holder([](Channel& channel) {
    const absl::StatusOr<LockFile> its = LockFile::Acquire("lock");
    channel.Send(its.ok() ? "held" : "not held");
    for (int i = 0; i < 300; ++i) {
      AwaitKernelWaiter();
      PCHECK(::kill(::getppid(), kSignals[i % 2]) == 0);
    }
    return 0;
  });
  EXPECT_EQ(holder.channel().Receive(), "held");
  Counting system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(AcquireWithin(absl::Hours(1)).ok());
  EXPECT_EQ(system.alarms(), 1);
}

// The first time, the alarm goes off before the call that it is to end.
class AlarmGoesOffBeforeTheCall : public Counting {
 public:
  void BeforeLock() override {
    while (DoMonotonicNanoseconds() <= deadline() + 100000) {
    }
  }
};

TEST_F(AlarmTest, EndsACallThatBeginsLater) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  AlarmGoesOffBeforeTheCall system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(2)));
  EXPECT_EQ(system.alarms(), 1);
}

int naps_interrupted = 0;

// Repeats a nap that is longer than the time from one alarm to the next.
void Nap(int) {
  while (::poll(nullptr, 0, 10) == -1 && errno == EINTR) ++naps_interrupted;
}

// A handler of the application runs when the time is up.
class HandlerNaps : public Counting {
 public:
  void BeforeLock() override { PCHECK(::raise(SIGUSR1) == 0); }
  int64_t SinceDeadline() { return DoMonotonicNanoseconds() - deadline(); }
};

TEST_F(AlarmTest, AHandlerThatNapsComesToAnEnd) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  struct sigaction action = {};
  action.sa_handler = &Nap;
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  HandlerNaps system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(5)));
  EXPECT_EQ(system.alarms(), 1);
  // The first was at the deadline or later, the others 1, 2, 4... milliseconds
  // apart, or more: whatever the machine was busy with, that takes its time.
  const int64_t least = ((int64_t{1} << naps_interrupted) / 2 - 1) * 1'000'000;
  EXPECT_LE(least, system.SinceDeadline());
  ::signal(SIGUSR1, SIG_DFL);
}

// The alarm goes off when the lock has just been got.
class AlarmGoesOffAfterTheCall : public Counting {
 public:
  explicit AlarmGoesOffAfterTheCall(LockFile& lock) : lock_(lock) {}

  void BeforeLock() override { CHECK_OK(lock_.Close()); }
  void AfterLock() override {
    while (DoMonotonicNanoseconds() <= deadline() + 100000) {
    }
  }

 private:
  LockFile& lock_;
};

TEST_F(AlarmTest, WhatIsGotAtTheDeadlineIsHeld) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  AlarmGoesOffAfterTheCall system(*lock);
  const ScopedSystemForTesting scope(&system);
  const absl::StatusOr<LockFile> mine = AcquireWithin(absl::Milliseconds(2));
  EXPECT_TRUE(mine.ok()) << mine.status();
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_EQ(system.alarms(), 1);
}

TEST_F(AlarmTest, LeavesNoMoreThanOneTimerWhereNoneMayBeDeleted) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  Child child([](Channel&) {
    Forbid(SYS_timer_delete);
    Counting system;
    const ScopedSystemForTesting scope(&system);
    for (int i = 0; i < 3; ++i) {
      if (!IsRefusedWithin(absl::Milliseconds(2))) return 1;
    }
    return 10 * system.alarms() + system.helpers();
  });
  EXPECT_EQ(ExitStatus(child.Await()), 12);
}

// --- When there is none ------------------------------------------------------

void ExpectHelperInstead(Counting& system) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(2)));
  EXPECT_EQ(system.alarms(), 0);
  EXPECT_EQ(system.helpers(), 1);
}

class NetworkFileSystem : public Counting {
 protected:
  int DoFstatfs(int descriptor, struct statfs* result) override {
    const int outcome = System::DoFstatfs(descriptor, result);
    result->f_type = 0x6969;  // NFS
    return outcome;
  }
};

TEST_F(AlarmTest, IsNotForFilesThatAServerLocks) {
  NetworkFileSystem system;
  ExpectHelperInstead(system);
}

class SeveralThreads : public Counting {
 protected:
  bool DoIsSingleThreaded() override { return false; }
};

TEST_F(AlarmTest, IsNotForProcessesWithThreads) {
  SeveralThreads system;
  ExpectHelperInstead(system);
}

// A kernel that has no locks left, though it can say who has this one.
class CannotBlock : public Counting {
 protected:
  int DoFlock(int descriptor, int operation) override {
    if (operation != LOCK_EX) return Counting::DoFlock(descriptor, operation);
    ++calls_;
    errno = ENOLCK;
    return -1;
  }

 public:
  int calls() const { return calls_; }

 private:
  int calls_ = 0;
};

TEST_F(AlarmTest, IsGivenUpWhereNobodyCanBlock) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  CannotBlock system;
  const ScopedSystemForTesting scope(&system);
  EXPECT_TRUE(IsRefusedWithin(absl::Milliseconds(50)));
  EXPECT_EQ(system.calls(), 1);
}

}  // namespace
}  // namespace lockfile
