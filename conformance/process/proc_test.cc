// Reads /proc, of processes that the test starts for it.

#include "conformance/process/proc.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/forked_child.h"
#include "conformance/process/read_proc.h"
#include "conformance/testing/child.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr pid_t kNobody = 0x3fffffff;  // beyond what the kernel numbers

absl::Duration InAWhile() { return MonotonicNow() + absl::Seconds(60); }

TEST(ProcTest, EndIsAwaited) {
  const Child child(&Forever);
  EXPECT_FALSE(AwaitEnd(child.pid(), MonotonicNow()));
  ::kill(child.pid(), SIGKILL);
  EXPECT_TRUE(AwaitEnd(child.pid(), InAWhile()));
  EXPECT_EQ(ProcessState(child.pid()), 'Z');
  EXPECT_TRUE(AwaitEnd(child.pid(), MonotonicNow()));
  EXPECT_TRUE(AwaitEnd(kNobody, MonotonicNow()));
  EXPECT_EQ(OpenPidfd(kNobody), -1);
}

TEST(ProcTest, EndIsAwaitedWithoutALimit) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  // Ends when the pipe does.
  const Child child([&] {
    ::close(ends[1]);
    char c = 0;
    (void)!::read(ends[0], &c, 1);
  });
  const pid_t waiter = ::fork();
  if (waiter == 0) {
    ::close(ends[1]);
    ::_exit(AwaitEnd(child.pid(), absl::InfiniteDuration()) ? 0 : 1);
  }
  EXPECT_TRUE(AwaitState(waiter, "SZ", InAWhile()));
  ::close(ends[1]);
  int status = 0;
  EXPECT_EQ(::waitpid(waiter, &status, 0), waiter);
  EXPECT_EQ(status, 0);
  ::close(ends[0]);
}

TEST(ProcTest, StateIsAwaited) {
  const Child child(&Forever);
  ::kill(child.pid(), SIGSTOP);
  EXPECT_TRUE(AwaitState(child.pid(), "T", InAWhile()));
  EXPECT_FALSE(AwaitState(child.pid(), "SR", MonotonicNow()));
  ::kill(child.pid(), SIGCONT);
  EXPECT_TRUE(AwaitState(child.pid(), "SR", InAWhile()));
  EXPECT_EQ(ProcessState(kNobody), '\0');
}

// The name in /proc/PID/stat can hold anything, and the fields come after it.
TEST(ProcTest, OddNamesDoNotConfuse) {
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const Child child([&] {
    ::prctl(PR_SET_NAME, ") Z 1 (1 1");
    ::setpgid(0, 0);
    (void)!::write(ready[1], "x", 1);
    Forever();
  });
  char c = 0;
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(ParentOf(child.pid()), ::getpid());
  EXPECT_EQ(GroupOf(child.pid()), child.pid());
  EXPECT_NE(ProcessState(child.pid()), 'Z');
}

TEST(ProcTest, WhatCanBeOpenedButNotReadIsEmpty) {
  EXPECT_EQ(ReadProc("/proc/self"), "");      // EISDIR
  EXPECT_EQ(ReadProc("/proc/self/mem"), "");  // EIO
  EXPECT_EQ(ReadProc("/proc/self/fdinfo/1000000"), "");
  EXPECT_NE(ReadProc("/proc/self/stat"), "");
}

TEST(ProcTest, FamilyIsKnown) {
  const Child child(&Forever);
  EXPECT_EQ(ParentOf(child.pid()), ::getpid());
  EXPECT_EQ(GroupOf(child.pid()), ::getpgrp());
  EXPECT_THAT(ChildrenOf(::getpid()), Contains(child.pid()));
  EXPECT_THAT(AllProcesses(), Contains(child.pid()));
  EXPECT_EQ(ParentOf(kNobody), 0);
  EXPECT_EQ(GroupOf(kNobody), 0);
  EXPECT_TRUE(DescendsFrom(child.pid(), ::getpid()));
  EXPECT_TRUE(DescendsFrom(child.pid(), child.pid()));
  EXPECT_TRUE(DescendsFrom(child.pid(), ::getppid()));
  EXPECT_FALSE(DescendsFrom(::getpid(), child.pid()));
  EXPECT_FALSE(DescendsFrom(kNobody, ::getpid()));
  EXPECT_FALSE(DescendsFrom(1, ::getpid()));
}

TEST(ProcTest, DescendantsAreFoundTheNearestFirst) {
  int grown[2];
  ASSERT_EQ(::pipe2(grown, O_CLOEXEC), 0);
  const Child child([&] {
    const Child grandchild([&] {
      (void)!::write(grown[1], "x", 1);
      Forever();
    });
    Forever();
  });
  char c = 0;
  ASSERT_EQ(::read(grown[0], &c, 1), 1);
  ::close(grown[0]);
  ::close(grown[1]);
  const std::vector<pid_t> grandchildren = ChildrenOf(child.pid());
  ASSERT_EQ(grandchildren.size(), 1);
  EXPECT_THAT(DescendantsOf(::getpid()),
              ElementsAre(child.pid(), grandchildren[0]));
  EXPECT_THAT(DescendantsOf(grandchildren[0]), IsEmpty());
  ::kill(grandchildren[0], SIGKILL);
}

TEST(ProcTest, DescriptorsAreCounted) {
  EXPECT_EQ(StatusOf([] {
              CloseDescriptorsFrom(3);
              const pid_t self = ::getpid();
              // The listing itself opens one.
              const size_t few = CountDescriptors(self).value_or(0);
              if (LowestFreeDescriptor(self) != 4) return 1;
              if (::dup2(0, 7) != 7) return 2;
              if (CountDescriptors(self) != few + 1) return 3;
              CloseDescriptorsFrom(7);
              return CountDescriptors(self) == few ? 0 : 4;
            }),
            0);
  const Child child(&Forever);
  EXPECT_GT(CountDescriptors(child.pid()), 2);
  const std::optional<size_t> lowest = LowestFreeDescriptor(child.pid());
  ASSERT_TRUE(lowest.has_value());
  EXPECT_NE(
      ::access(absl::StrCat("/proc/", child.pid(), "/fd/", *lowest).c_str(),
               F_OK),
      0);
  EXPECT_EQ(CountDescriptors(kNobody), std::nullopt);
  EXPECT_EQ(LowestFreeDescriptor(kNobody), std::nullopt);
}

TEST(ProcTest, MemoryAndTimeAreMeasured) {
  EXPECT_GT(ResidentBytes(::getpid()).value_or(0), 100'000);
  EXPECT_EQ(ResidentBytes(kNobody), std::nullopt);
  EXPECT_GE(MostResidentBytes(::getpid()).value_or(0),
            ResidentBytes(::getpid()).value_or(1) / 2);
  EXPECT_EQ(MostResidentBytes(kNobody), std::nullopt);
  const absl::Duration before = ProcessorTime(::getpid());
  const absl::Duration deadline = InAWhile();
  while (ProcessorTime(::getpid()) == before && MonotonicNow() < deadline) {
  }
  EXPECT_GT(ProcessorTime(::getpid()), before);
  EXPECT_EQ(ProcessorTime(kNobody), absl::ZeroDuration());
}

// Looks until the text is there: between saying so and being asleep a process
// has some way to go.
std::string DescriptionWith(pid_t pid, const std::string& text) {
  const absl::Duration deadline = InAWhile();
  for (;;) {
    std::string description = DescribeThreadsOf(pid);
    if (description.find(text) != std::string::npos ||
        MonotonicNow() > deadline) {
      return description;
    }
  }
}

TEST(ProcTest, SystemCallOfAHungThreadIsNamed) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/hung");
  const int held = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  const Child locker([&] {
    ::prctl(PR_SET_NAME, "locker");
    const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    ::flock(other, LOCK_EX);
  });
  const std::string locking =
      absl::StrCat("thread ", locker.pid(), " (locker) state S, in flock(0x");
  EXPECT_THAT(DescriptionWith(locker.pid(), locking), HasSubstr(locking));
  ::close(held);

  int input[2];
  ASSERT_EQ(::pipe2(input, O_CLOEXEC), 0);
  const Child reader([&] {
    ::dup2(input[0], 0);
    char c;
    (void)!::read(0, &c, 1);
  });
  // The very words that tell an answer that was not flushed from a hang.
  EXPECT_THAT(DescriptionWith(reader.pid(), "in read(0x0, ...)"),
              HasSubstr("in read(0x0, ...)"));
  ::close(input[0]);
  ::close(input[1]);
  EXPECT_EQ(DescribeThreadsOf(kNobody), "");
}

TEST(ProcTest, EveryThreadIsDescribed) {
  const Child stopped(&Forever);
  ::kill(stopped.pid(), SIGSTOP);
  ASSERT_TRUE(AwaitState(stopped.pid(), "T", InAWhile()));
  const std::string description = DescribeThreadsOf(stopped.pid());
  EXPECT_THAT(description, HasSubstr("state T"));
  EXPECT_THAT(description, Not(HasSubstr("\n\n")));
}

}  // namespace
}  // namespace conformance
