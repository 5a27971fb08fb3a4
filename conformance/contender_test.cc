// Contenders that are shell scripts and programs of the system, so that what
// they do wrong is plain to see.

#include "conformance/contender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender_testing.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

using Kind = Contender::Line::Kind;

pid_t NextPid(Contender& contender) {
  pid_t pid = 0;
  EXPECT_TRUE(absl::SimpleAtoi(NextLine(contender), &pid));
  return pid;
}

// ---- How it ends ------------------------------------------------------------

TEST(EndingTest, OfOneThatLives) {
  const std::unique_ptr<Contender> contender = Started(Shell("read x; exit 3"));
  EXPECT_EQ(contender->Reap(MonotonicNow()).kind, Ending::Kind::kLives);
  contender->CloseInput();
  EXPECT_EQ(contender->Reap(InAWhile()).code, 3);
  // The same when asked again: it is reaped only once.
  EXPECT_EQ(contender->Reap(MonotonicNow()).code, 3);
}

TEST(EndingTest, OfOneThatIsStoppedIsNone) {
  const std::unique_ptr<Contender> contender = Started(Shell("kill -STOP $$"));
  ASSERT_TRUE(AwaitState(contender->pid(), "T", InAWhile()));
  EXPECT_EQ(contender->Reap(MonotonicNow()).kind, Ending::Kind::kLives);
  EXPECT_EQ(contender->Await(Soon()).kind, Kind::kTimeout);
}

// ---- Speaking ---------------------------------------------------------------

TEST(AwaitTest, GivesLineByLine) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("printf 'one\\ntwo\\n\\npart'; read x; echo ' of four'"));
  EXPECT_EQ(NextLine(*contender), "one");
  EXPECT_EQ(NextLine(*contender), "two");
  EXPECT_EQ(NextLine(*contender), "");
  EXPECT_FALSE(contender->HasLine());
  Contender::Line line;
  do {
    line = contender->Await(Soon());
    EXPECT_EQ(line.kind, Kind::kTimeout);
  } while (line.text.empty());
  EXPECT_EQ(line.text, "part");
  EXPECT_TRUE(contender->Send("go on"));
  EXPECT_EQ(NextLine(*contender), "part of four");
  EXPECT_EQ(contender->Await(InAWhile()).kind, Kind::kEnd);
}

TEST(AwaitTest, GivesWhatWasWrittenBeforeTheEnd) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("printf 'last\\nwor'; kill -9 $$"));
  ASSERT_TRUE(AwaitEnd(contender->pid(), InAWhile()));
  EXPECT_EQ(NextLine(*contender), "last");
  const Contender::Line line = contender->Await(InAWhile());
  EXPECT_EQ(line.kind, Kind::kEnd);
  EXPECT_EQ(line.text, "wor");
}

TEST(AwaitTest, SilenceIsATimeout) {
  const std::unique_ptr<Contender> contender = Started(Shell("read x"));
  const absl::Duration deadline = Soon();
  EXPECT_EQ(contender->Await(deadline).kind, Kind::kTimeout);
  EXPECT_GE(MonotonicNow(), deadline);
  EXPECT_EQ(contender->Await(MonotonicNow() - absl::Seconds(1)).kind,
            Kind::kTimeout);
}

// Of zeros, which are cheaper than any other bytes.
std::string LongLine(size_t bytes) {
  return absl::StrCat("head -c ", bytes, " /dev/zero; echo; read x");
}

TEST(AwaitTest, LongestLineIsOne) {
  const std::unique_ptr<Contender> contender =
      Started(Shell(LongLine(kMaxLineBytes)));
  EXPECT_EQ(NextLine(*contender).size(), kMaxLineBytes);
}

TEST(AwaitTest, LongerLineIsNone) {
  const std::unique_ptr<Contender> contender =
      Started(Shell(LongLine(kMaxLineBytes + 1)));
  const Contender::Line line = contender->Await(InAWhile());
  EXPECT_EQ(line.kind, Kind::kTooLong);
  EXPECT_LT(line.text.size(), 1000);
}

TEST(AwaitTest, EndlessLineIsTooLong) {
  EXPECT_EQ(Started(Shell("exec cat /dev/zero"))->Await(InAWhile()).kind,
            Kind::kTooLong);
}

TEST(AwaitTest, ClosedOutputIsNoEnd) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("printf part; exec >&-; read x"));
  Contender::Line line;
  do {
    line = contender->Await(Soon());
  } while (line.kind == Kind::kTimeout);
  EXPECT_EQ(line.kind, Kind::kClosed);
  EXPECT_EQ(line.text, "part");
  EXPECT_EQ(contender->Reap(MonotonicNow()).kind, Ending::Kind::kLives);
}

// As after an answer that comes in two writes, or a log event with it.
TEST(AwaitTest, PumpTakesInWithoutWaiting) {
  const std::unique_ptr<Contender> contender = Started(Shell("read x; echo y"));
  contender->Pump();
  EXPECT_FALSE(contender->HasLine());
  contender->Send("");
  ASSERT_TRUE(AwaitEnd(contender->pid(), InAWhile()));
  contender->Pump();
  EXPECT_TRUE(contender->HasLine());
}

TEST(SendTest, SaysWhenNobodyReads) {
  const std::unique_ptr<Contender> closed =
      Started(Shell("exec <&-; echo closed; exec sleep 1000"));
  EXPECT_EQ(NextLine(*closed), "closed");
  EXPECT_FALSE(closed->Send("hello"));
  const std::unique_ptr<Contender> ended = Started(Shell(":"));
  ended->Reap(InAWhile());
  EXPECT_FALSE(ended->Send("hello"));
  const std::unique_ptr<Contender> finished = Started(Shell("cat"));
  finished->CloseInput();
  EXPECT_FALSE(finished->Send("hello"));
}

TEST(SendTest, LongLinesArrive) {
  const std::unique_ptr<Contender> contender = Started(CommandLine({"cat"}));
  const std::string line(60'000, 'x');
  EXPECT_TRUE(contender->Send(line));
  EXPECT_EQ(NextLine(*contender), line);
}

// ---- Standard error ---------------------------------------------------------

TEST(StandardErrorTest, BlocksNobodyAndItsTailIsKept) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("seq 1 200000 >&2; echo done; read x"));
  EXPECT_EQ(NextLine(*contender), "done");
  const std::string tail = contender->StandardError();
  EXPECT_LE(tail.size(), 4096);
  EXPECT_THAT(tail, EndsWith("\n199999\n200000\n"));
}

// Faster than it can be read, and without end: deadlines pass nevertheless.
TEST(StandardErrorTest, FloodStopsNoClock) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("echo begin; cat /dev/zero >&2; :"));
  EXPECT_EQ(NextLine(*contender), "begin");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(contender->Await(Soon()).kind, Kind::kTimeout);
  }
  EXPECT_EQ(contender->Reap(Soon()).kind, Ending::Kind::kLives);
  EXPECT_LE(contender->StandardError().size(), 4096);
}

TEST(StandardErrorTest, MayBeClosed) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("echo words >&2; exec 2>&-; echo done; read x"));
  EXPECT_EQ(NextLine(*contender), "done");
  EXPECT_EQ(contender->Await(Soon()).kind, Kind::kTimeout);
  EXPECT_EQ(contender->StandardError(), "words\n");
}

// ---- Its processes ----------------------------------------------------------

TEST(GroupTest, IsKilledWhole) {
  std::unique_ptr<Contender> contender =
      Started(Shell("sleep 1000 & echo $!; wait"));
  const pid_t sleeper = NextPid(*contender);
  EXPECT_EQ(GroupOf(sleeper), contender->pid());
  const pid_t leader = contender->pid();
  contender.reset();
  EXPECT_TRUE(AwaitEnd(sleeper, InAWhile()));
  EXPECT_EQ(ProcessState(leader), '\0');
}

TEST(GroupTest, AContenderThatIsStoppedIsKilled) {
  std::unique_ptr<Contender> contender =
      Started(Shell("trap '' TERM INT HUP; kill -STOP $$"));
  const pid_t pid = contender->pid();
  ASSERT_TRUE(AwaitState(pid, "T", InAWhile()));
  contender.reset();
  EXPECT_EQ(ProcessState(pid), '\0');
}

// A wrapper, such as a shell or ssh, lives on when the process that locks ends.
TEST(WrapperTest, EndOfTheProcessThatLocksCounts) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("sh -c 'echo $$; exec sleep 1000' & wait; "
                    "exec sleep 1000"));
  const pid_t locking = NextPid(*contender);
  contender->SetLockingPid(locking);
  EXPECT_EQ(contender->locking_pid(), locking);
  EXPECT_NE(contender->pid(), locking);
  EXPECT_EQ(contender->Await(Soon()).kind, Kind::kTimeout);
  EXPECT_TRUE(contender->Signal(SIGKILL));
  EXPECT_EQ(contender->Await(InAWhile()).kind, Kind::kEnd);
  EXPECT_EQ(contender->Reap(MonotonicNow()).kind, Ending::Kind::kLives);
}

// Another process that has the number by then must not be hit.
TEST(WrapperTest, NoSignalIsSentToOneThatWasReaped) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("exec 3<&0; sh -c 'echo $$; read x' <&3 & wait; "
                    "echo reaped; read y"));
  contender->SetLockingPid(NextPid(*contender));
  contender->Send("");
  // Its end is told at once; what the wrapper says comes a moment later.
  const absl::Duration deadline = InAWhile();
  while (!contender->HasLine() && MonotonicNow() < deadline) contender->Pump();
  EXPECT_EQ(NextLine(*contender), "reaped");
  EXPECT_FALSE(contender->Signal(SIGKILL));
  EXPECT_EQ(errno, ESRCH);
}

TEST(DescribeThreadsTest, NamesTheSystemCallOfAHungContender) {
  const std::unique_ptr<Contender> contender =
      Started(Shell("sleep 1000 & exec sleep 2000"));
  std::string threads;
  const absl::Duration deadline = InAWhile();
  do {
    threads = contender->DescribeThreads();
  } while (!absl::StrContains(threads, "sleep) state S, in clock_nanosleep(") &&
           MonotonicNow() < deadline);
  EXPECT_THAT(threads, HasSubstr("sleep) state S, in clock_nanosleep("));
}

// PR_SET_PDEATHSIG: whoever started it has gone, however that came.
TEST(DeathTest, ContenderDiesWithItsStarter) {
  int said[2];
  ASSERT_EQ(::pipe2(said, O_CLOEXEC), 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    const std::unique_ptr<Contender> contender =
        Started(Shell("trap '' TERM HUP INT; echo up; while :; do read x; "
                      "done"));
    NextLine(*contender);
    const pid_t pid = contender->pid();
    (void)!::write(said[1], &pid, sizeof(pid));
    for (;;) ::pause();
  }
  pid_t contender = 0;
  ASSERT_EQ(::read(said[0], &contender, sizeof(contender)),
            static_cast<ssize_t>(sizeof(contender)));
  ::close(said[0]);
  ::close(said[1]);
  EXPECT_FALSE(AwaitEnd(contender, MonotonicNow()));
  ::kill(starter, SIGKILL);
  ::waitpid(starter, nullptr, 0);
  EXPECT_TRUE(AwaitEnd(contender, InAWhile()));
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // As the runner does: see Contender::Send.
  ::signal(SIGPIPE, SIG_IGN);
  return RUN_ALL_TESTS();
}
