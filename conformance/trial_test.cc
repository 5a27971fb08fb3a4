// A trial with contenders that are not what they say: no stranger is sent a
// signal, and what a contender does by itself is not taken for our fault.

#include "conformance/trial.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/testing/temp_folder.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::HasSubstr;

// Before the commands below, which see the words of a command as $w, $a, $b.
constexpr absl::string_view kHello =
    "hello() {"
    "  echo hello lockfile-contender/1 name=shell version=1 pid=$1 can=fork;"
    "}\n"
    "while read w a b; do case $w in\n"
    "acquire) echo acquired $a ;;\n"
    "release) echo released $a ;;\n";

ContenderSource Shell(absl::string_view cases) {
  ContenderSource source;
  source.command = {
      "sh", "-c",
      absl::StrCat(kHello, cases, "\n*) echo unsupported ;; esac; done")};
  return source;
}

class TrialTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.directory = folder_.path();
    stranger_ = ::fork();
    if (stranger_ == 0) {
      for (;;) ::pause();
    }
  }
  void TearDown() override {
    EXPECT_NE(ProcessState(stranger_), 'Z') << "a stranger was killed";
    ::kill(stranger_, SIGKILL);
    ::waitpid(stranger_, nullptr, 0);
  }

  const TempFolder folder_;
  TrialOptions options_;
  pid_t stranger_ = 0;
};

TEST_F(TrialTest, StrangersPidInHelloIsNonsense) {
  Trial t("T.T", {}, Shell(absl::StrCat("hello) hello ", stranger_, " ;;")),
          options_);
  t.Kill(t.Start(), SIGKILL);
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kProtocol);
  EXPECT_THAT(verdict.happened,
              HasSubstr("which is neither the started process"));
}

TEST_F(TrialTest, StrangersPidAfterForkedIsNonsense) {
  // The test's own process is none of its children either.
  for (const pid_t pid : {::getppid(), 1}) {
    Trial t("T.T", {},
            Shell(absl::StrCat("hello) hello $$ ;;\nfork) echo forked ", pid,
                               " ;;")),
            options_);
    const int a = t.Start();
    t.MustAcquire(a);
    t.KillChild(t.Fork(a, "a", "idle"));
    const Verdict verdict = t.Finish();
    EXPECT_EQ(verdict.outcome, Outcome::kProtocol);
    EXPECT_EQ(verdict.happened, absl::StrCat("A said forked ", pid,
                                             ", which is no child of its"));
  }
}

TEST_F(TrialTest, ItsOwnPidAfterForkedIsNonsense) {
  Trial t("T.T", {}, Shell("hello) hello $$ ;;\nfork) echo forked $$ ;;"),
          options_);
  const int a = t.Start();
  t.MustAcquire(a);
  t.KillChild(t.Fork(a, "a", "idle"));
  EXPECT_EQ(t.Finish().outcome, Outcome::kProtocol);
}

TEST_F(TrialTest, ChildThatHasEndedByItselfIsACrash) {
  Trial t("T.T", {},
          Shell("hello) hello $$ ;;\n"
                "fork) : & p=$!; wait; echo forked $p ;;"),
          options_);
  const int a = t.Start();
  t.MustAcquire(a);
  t.KillChild(t.Fork(a, "a", "idle"));
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kCrash);
  EXPECT_THAT(verdict.happened, HasSubstr("has ended by itself"));
}

// The shell lives on and has not noticed, or does not care.
TEST_F(TrialTest, EndOfAWrappedProcessIsACrash) {
  ContenderSource wrapped;
  wrapped.command = {
      "sh", "-c",
      absl::StrCat("exec 3<&0; sh -c '", kHello,
                   "hello) hello $$ ;;\nrelease2) exit ;; esac; "
                   "if [ $w = acquire ]; then read w; exit 4; fi; done' <&3 & "
                   "wait; exec sleep 1000")};
  Trial t("T.T", {}, wrapped, options_);
  const int a = t.Start();
  const pid_t locks = t.pid(a);
  t.MustAcquire(a);
  t.Ask(a, ReleaseCommand("a"));
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kCrash);
  EXPECT_EQ(verdict.happened,
            absl::StrCat("A's process ", locks,
                         ", the one that locks, ended without an answer"));
}

// And when it is to be sent a signal, after it was reaped by the wrapper.
TEST_F(TrialTest, EndBeforeASignalIsACrash) {
  ContenderSource wrapped;
  wrapped.command = {"sh", "-c",
                     absl::StrCat("exec 3<&0; sh -c '", kHello,
                                  "hello) hello $$ ;; esac; done' <&3 & "
                                  "wait; exec sleep 1000")};
  Trial t("T.T", {}, wrapped, options_);
  const int a = t.Start();
  const pid_t locks = t.pid(a);
  ASSERT_EQ(::kill(locks, SIGKILL), 0);
  while (::kill(locks, 0) == 0) ::sched_yield();
  t.Kill(a, SIGKILL);
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kCrash);
  EXPECT_EQ(verdict.happened, "A has ended by itself");
}

TEST_F(TrialTest, FirstThingThatGoesWrongDecides) {
  Trial t("T.T", {}, Shell("hello) hello $$ ;;"), options_);
  const int a = t.Start();
  t.MustAcquire(a);
  EXPECT_TRUE(t.going());
  t.Note("it is held");
  t.MustBeRefused(a, "b");
  EXPECT_FALSE(t.going());
  // From now on nothing happens.
  EXPECT_EQ(t.Start(), -1);
  EXPECT_TRUE(t.Ask(a, ReleaseCommand("a")).is(AnswerKind::kNone));
  EXPECT_EQ(t.Fork(a, "a", "idle"), 0);
  t.Harness("late");
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kViolation);
  EXPECT_EQ(verdict.expected, "A is refused (busy): it is held");
  EXPECT_EQ(verdict.happened, "A answered acquired");
}

// A contender that answers a `cancel`, and the wait that it cancels, with these
// lines.
ContenderSource Cancelling(absl::string_view lines) {
  ContenderSource source;
  source.command = {
      "sh", "-c",
      absl::StrCat("while read w a b c; do case $w in\n"
                   "hello) echo hello lockfile-contender/1 name=shell"
                   " version=1 pid=$$ can=forever,cancel ;;\n"
                   "cancel) printf '",
                   lines,
                   "' ;;\n"
                   "acquire) [ $c = forever ] || echo acquired $a ;;\n"
                   "*) echo unsupported ;; esac; done")};
  return source;
}

// The program has gone by then, so nothing is started at all.
TEST_F(TrialTest, StartThatIsOnlyTriedSparesTheOthers) {
  const std::string program = options_.directory + "/contender";
  std::ofstream(program) << "#!/bin/sh\n"
                         << Shell("hello) hello $$ ;;").command[2];
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  ContenderSource source;
  source.command = {program};
  Trial t("T.T", {}, source, options_);
  const int first = t.Start();
  std::filesystem::remove(program);
  EXPECT_EQ(t.TryStart({}), -1);
  t.MustAcquire(first);
  t.MustRelease(first);
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << verdict.happened;
}

TEST_F(TrialTest, TwoAnswersOfACancelledWaitComeInEitherOrder) {
  struct Case {
    absl::string_view lines;
    AnswerKind kind;
  };
  for (const Case& c :
       {Case{"cancelling a\ncancelled a\n", AnswerKind::kCancelled},
        {"cancelled a\ncancelling a\n", AnswerKind::kCancelled},
        {"cancelling a\nacquired a\n", AnswerKind::kAcquired},
        {"acquired a\ncancelling a\n", AnswerKind::kAcquired},
        {"acquired a\nerror a late\n", AnswerKind::kAcquired},
        {"error a late\nacquired a\n", AnswerKind::kAcquired},
        {"busy a\nerror a late\n", AnswerKind::kBusy},
        // Given up by itself, before it was told to.
        {"cancelled a\nerror a late\n", AnswerKind::kCancelled},
        {"cancelling a\nerror a why\n", AnswerKind::kError},
        {"error a why\ncancelling a\n", AnswerKind::kError},
        {"error a why\nerror a late\n", AnswerKind::kError},
        {"cancelling a\nlog INFO given%%20up\ncancelled a\n",
         AnswerKind::kCancelled}}) {
    Trial t("T.T", {}, Cancelling(c.lines), options_);
    const int a = t.Start();
    t.Send(a, AcquireCommand("a", "lock", absl::InfiniteDuration()));
    t.Cancel(a);
    while (t.going() && !t.HasAnswer(a)) ::sched_yield();
    EXPECT_EQ(t.Await(a).kind, c.kind) << c.lines;
    t.MustAcquire(a, "b");
    const Verdict verdict = t.Finish();
    EXPECT_EQ(verdict.outcome, Outcome::kPass) << c.lines << verdict.happened;
  }
}

TEST_F(TrialTest, AnswersThatMakeNoSenseTogetherAreNonsense) {
  for (const absl::string_view lines :
       {"cancelling a\ncancelling a\n", "acquired a\nbusy a\n", "unsupported\n",
        "cancelling b\n", "cancelling a\ncancelled b\n", "released a\n"}) {
    Trial t("T.T", {}, Cancelling(lines), options_);
    const int a = t.Start();
    t.Send(a, AcquireCommand("a", "lock", absl::InfiniteDuration()));
    t.Cancel(a);
    t.Await(a);
    EXPECT_EQ(t.Finish().outcome, Outcome::kProtocol) << lines;
  }
}

TEST_F(TrialTest, WaitThatGoesOnWhenItIsCancelledHangs) {
  options_.deadline = absl::Milliseconds(200);
  Trial t("T.T", {}, Cancelling("cancelling a\n"), options_);
  const int a = t.Start();
  t.Send(a, AcquireCommand("a", "lock", absl::InfiniteDuration()));
  t.Cancel(a);
  t.Await(a);
  EXPECT_EQ(t.Finish().outcome, Outcome::kHang);
}

TEST_F(TrialTest, WaitThatNobodyHasCancelledIsNotCancelled) {
  Trial t("T.T", {}, Shell("hello) hello $$ ;;"), options_);
  const int a = t.Start();
  t.Cancel(a);
  EXPECT_EQ(t.Finish().outcome, Outcome::kHarness);
}

TEST_F(TrialTest, AnswerThatIsNotFlushedIsNamed) {
  ContenderSource silent;
  silent.command = {"sh", "-c", "while read x; do :; done"};
  options_.deadline = absl::Milliseconds(200);
  Trial t("T.T", {}, silent, options_);
  t.Start();
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kProtocol);
  EXPECT_THAT(verdict.happened, HasSubstr("is standard output flushed"));
}

TEST_F(TrialTest, HangTellsWhatItsThreadsDo) {
  ContenderSource hung;
  hung.command = {"sleep", "1000"};
  options_.deadline = absl::Milliseconds(200);
  Trial t("T.T", {}, hung, options_);
  t.Start();
  const Verdict verdict = t.Finish();
  EXPECT_EQ(verdict.outcome, Outcome::kHang);
  EXPECT_THAT(verdict.details, HasSubstr("(sleep)"));
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  ::signal(SIGPIPE, SIG_IGN);
  return RUN_ALL_TESTS();
}
