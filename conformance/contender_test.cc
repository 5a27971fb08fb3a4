// Contenders that are shell scripts and programs of the system, so that what
// they do wrong is plain to see.

#include "conformance/contender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = Contender::Line::Kind;

absl::Duration InAWhile() { return MonotonicNow() + absl::Seconds(60); }
// A deadline that is to pass.
absl::Duration Soon() { return MonotonicNow() + absl::Milliseconds(50); }

ContenderSource Command(std::vector<std::string> command) {
  ContenderSource source;
  source.command = std::move(command);
  return source;
}

ContenderSource Shell(absl::string_view script) {
  return Command({"sh", "-c", std::string(script)});
}

std::unique_ptr<Contender> Started(const ContenderSource& source,
                                   const StartOptions& options = {}) {
  absl::StatusOr<std::unique_ptr<Contender>> contender =
      Contender::Start(source, options);
  EXPECT_TRUE(contender.ok()) << contender.status();
  return contender.ok() ? *std::move(contender) : nullptr;
}

std::string NextLine(Contender& contender) {
  const Contender::Line line = contender.Await(InAWhile());
  EXPECT_EQ(line.kind, Kind::kLine) << line.text;
  return line.text;
}

pid_t NextPid(Contender& contender) {
  pid_t pid = 0;
  EXPECT_TRUE(absl::SimpleAtoi(NextLine(contender), &pid));
  return pid;
}

// All lines until it ends.
std::vector<std::string> Output(const ContenderSource& source,
                                const StartOptions& options = {}) {
  const std::unique_ptr<Contender> contender = Started(source, options);
  std::vector<std::string> lines;
  for (;;) {
    Contender::Line line = contender->Await(InAWhile());
    if (line.kind != Kind::kLine) {
      EXPECT_EQ(line.kind, Kind::kEnd);
      return lines;
    }
    lines.push_back(std::move(line.text));
  }
}

std::string MakeFile(absl::string_view name, absl::string_view content,
                     mode_t mode) {
  std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  return path;
}

// ---- How it ends ------------------------------------------------------------

TEST(EndingTest, OfEachKind) {
  const auto ending = [](absl::string_view script) {
    return Started(Shell(script))->Reap(InAWhile());
  };
  const Ending exited = ending("exit 7");
  EXPECT_EQ(exited.kind, Ending::Kind::kExited);
  EXPECT_EQ(exited.code, 7);
  EXPECT_EQ(exited.ToString(), "exited with status 7");
  EXPECT_EQ(ending("exit 255").ToString(), "exited with status 255");
  // A shell's way to tell of a signal is an exit all the same.
  EXPECT_EQ(ending("exit 137").ToString(), "exited with status 137");
  const Ending killed = ending("ulimit -c 0; kill -9 $$");
  EXPECT_EQ(killed.kind, Ending::Kind::kKilled);
  EXPECT_EQ(killed.code, SIGKILL);
  EXPECT_EQ(killed.ToString(), "was killed by signal 9 (Killed)");
  EXPECT_EQ(ending("ulimit -c 0; kill -SEGV $$").ToString(),
            "was killed by signal 11 (Segmentation fault)");
  EXPECT_EQ(Ending().ToString(), "still lives");
}

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

// ---- Starting ---------------------------------------------------------------

std::string StartError(const ContenderSource& source,
                       const StartOptions& options = {}) {
  const absl::Status status = Contender::Start(source, options).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  return std::string(status.message());
}

TEST(StartTest, FailuresAreSaid) {
  EXPECT_EQ(StartError(Command({"no-such-program"})),
            "cannot start no-such-program: No such file or directory");
  EXPECT_EQ(StartError(Command({"./no-such-program"})),
            "cannot start ./no-such-program: No such file or directory");
  const std::string plain = MakeFile("plain", "#!/bin/sh\n", 0644);
  EXPECT_EQ(StartError(Command({plain})),
            absl::StrCat("cannot start ", plain, ": Permission denied"));
  const std::string lost = MakeFile("lost", "#!/no/such/interpreter\n", 0755);
  EXPECT_EQ(StartError(Command({lost})),
            absl::StrCat("cannot start ", lost, ": No such file or directory"));
  EXPECT_EQ(StartError(Command({"/"})), "cannot start /: Permission denied");
  StartOptions elsewhere;
  elsewhere.directory = "/no/such/folder";
  const absl::Status status =
      Contender::Start(Shell("true"), elsewhere).status();
  // No fault of the contender's.
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(status.message(), "cannot start chdir: No such file or directory");
}

TEST(StartTest, LeavesNothingOpenAndNoProcessBehind) {
  const size_t before = CountDescriptors(::getpid()).value_or(0);
  for (int i = 0; i < 20; ++i) {
    StartError(Command({"no-such-program"}));
    Started(Shell("read x"));
  }
  EXPECT_EQ(CountDescriptors(::getpid()), before);
  EXPECT_THAT(ChildrenOf(::getpid()), IsEmpty());
}

TEST(StartTest, InheritsStandardDescriptorsOnly) {
  const std::unique_ptr<Contender> other = Started(Shell("read x"));
  // Not close-on-exec, as what a careless library leaves.
  const int mine = ::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open)
  EXPECT_THAT(Output(Shell("for f in 0 1 2 3 4 5 6 7 8 9; do\n"
                           "  if [ -e /proc/$$/fd/$f ]; then echo $f; fi\n"
                           "done")),
              testing::ElementsAre("0", "1", "2"));
  ::close(mine);
}

TEST(StartTest, InAnotherFolder) {
  StartOptions root;
  root.directory = "/";
  EXPECT_THAT(Output(Shell("pwd"), root), testing::ElementsAre("/"));
}

TEST(StartTest, LinkedInRunsInAForkedChild) {
  ContenderSource source;
  source.main = [] {
    (void)!::write(STDOUT_FILENO, "forked\n", 7);
    return 5;
  };
  const std::unique_ptr<Contender> contender = Started(source);
  EXPECT_EQ(NextLine(*contender), "forked");
  EXPECT_EQ(contender->Await(InAWhile()).kind, Kind::kEnd);
  EXPECT_EQ(contender->Reap(InAWhile()).code, 5);
  EXPECT_EQ(source.ToString(), "(linked in)");
}

TEST(StartTest, CommandIsShownAsItWouldBeTyped) {
  EXPECT_EQ(Command({"./a", "--b=c", "d e", "", "f'g", "$h", "~/i"}).ToString(),
            "./a --b=c 'd e' '' 'f'\\''g' '$h' ~/i");
}

// ---- What it inherits -------------------------------------------------------

// The signals of one kind in /proc/PID/status: "SigBlk" or "SigIgn".
class SignalSet {
 public:
  SignalSet(absl::string_view kind, const StartOptions& options) {
    const std::vector<std::string> lines = Output(
        Command({"grep", std::string(kind), "/proc/self/status"}), options);
    EXPECT_EQ(lines.size(), 1);
    const std::vector<std::string> fields = absl::StrSplit(lines[0], '\t');
    EXPECT_TRUE(absl::SimpleHexAtoi(fields[1], &bits_));
    // The real-time signals are the C library's and nobody's business.
    bits_ &= 0x7FFFFFFF;
  }
  bool Has(int signal) const { return ((bits_ >> (signal - 1)) & 1U) != 0; }
  bool IsEmpty() const { return bits_ == 0; }

 private:
  uint64_t bits_ = 0;
};

TEST(SignalsTest, AreOrdinaryWhateverTheRunnerDoes) {
  EXPECT_TRUE(SignalSet("SigBlk", {}).IsEmpty());
  EXPECT_TRUE(SignalSet("SigIgn", {}).IsEmpty());
}

TEST(SignalsTest, AreHostileWhenAsked) {
  StartOptions hostile;
  hostile.hostile_signals = true;
  const SignalSet blocked("SigBlk", hostile);
  for (const int s : {SIGALRM, SIGUSR1, SIGCHLD, SIGTERM}) {
    EXPECT_TRUE(blocked.Has(s)) << s;
  }
  const SignalSet ignored("SigIgn", hostile);
  EXPECT_TRUE(ignored.Has(SIGCHLD));
  EXPECT_TRUE(ignored.Has(SIGPIPE));
  // It can be killed, though.
  const std::unique_ptr<Contender> contender =
      Started(Shell("read x"), hostile);
  EXPECT_TRUE(contender->Signal(SIGKILL));
  EXPECT_EQ(contender->Reap(InAWhile()).code, SIGKILL);
}

// The tests run as root where CI does, and root may do everything.
TEST(PermissionsTest, AreObeyedAlsoByWhatIsExecutedLater) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/permissions");
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  const std::string secret = absl::StrCat(folder, "/secret");
  std::ofstream(secret) << "content\n";
  ASSERT_EQ(::chmod(secret.c_str(), 0000), 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0500), 0);
  const ContenderSource tries = Shell(
      absl::StrCat("sh -c 'if (: >>", folder,
                   "/new) 2>&-; then echo created; else echo refused; fi'\n",
                   "exec sh -c 'if (: <", secret,
                   ") 2>&-; then echo read; else echo refused; fi'"));
  StartOptions obeying;
  obeying.obey_permissions = true;
  EXPECT_THAT(Output(tries, obeying),
              testing::ElementsAre("refused", "refused"));
  if (::geteuid() == 0) {
    EXPECT_THAT(Output(tries), testing::ElementsAre("created", "read"));
  }
  ::chmod(folder.c_str(), 0700);
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
  const std::unique_ptr<Contender> contender = Started(Command({"cat"}));
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

// Whoever has the number by then must not be hit.
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
