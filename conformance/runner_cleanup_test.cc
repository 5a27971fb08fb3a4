// The runner's cleaning up: nothing is left of any trial, whoever is killed or
// interrupted.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/runner_testing.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::IsEmpty;

absl::Duration InAWhile() { return MonotonicNow() + absl::Seconds(60); }

// Leaves processes behind that no process group leads to.
class Litterer : public SimpleLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (::fork() == 0) {
      ::setsid();
      if (::fork() == 0) ::execlp("sleep", "sleep", "100000", nullptr);
      for (;;) ::pause();
    }
    if (::fork() == 0) {
      for (;;) ::pause();
    }
    return SimpleLock::Acquire(path, wait);
  }
};

// ---- Nothing is left --------------------------------------------------------

TEST_F(RunnerTest, FoldersThatCannotBeWrittenInAreRemoved) {
  const auto check = [](Trial& t) {
    t.MakeDirectory("a");
    t.MakeDirectory("a/b");
    t.Write("a/b/file", "content");
    t.Own(::symlink("/", t.Path("a/link").c_str()) == 0, "symlink");
    t.Own(::chmod(t.Path("a/b").c_str(), 0000) == 0, "chmod");
    t.Own(::chmod(t.Path("a").c_str(), 0500) == 0, "chmod");
    t.Own(::chmod(t.Path("").c_str(), 0000) == 0, "chmod");
  };
  const Requirement requirement = MakeRequirement("Test.Check", check);
  EXPECT_EQ(RunRequirements({requirement}, options_).front().outcome,
            Outcome::kPass);
  if (::geteuid() != 0) return;
  // To root nothing is forbidden; to nobody it is.
  ASSERT_EQ(::chmod(scratch_.c_str(), 0777), 0);
  const pid_t nobody = ::fork();
  if (nobody == 0) {
    // In a sandbox there may be no such user, and the way there may be closed.
    if (::setuid(65534) != 0 || ::access(scratch_.c_str(), W_OK) != 0) {
      ::_exit(0);
    }
    // TearDown sees whether the folder is gone.
    ::_exit(RunRequirements({requirement}, options_).front().outcome ==
                    Outcome::kPass
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(nobody, &status, 0), nobody);
  EXPECT_EQ(status, 0);
}

TEST_F(RunnerTest, NoProcessIsLeftAfterHundredsOfRuns) {
  options_.source = Source<Litterer>();
  options_.jobs = 2;
  const std::vector<Requirement> many(300,
                                      MakeRequirement("Test.Check", &Litters));
  for (const Verdict& verdict : RunRequirements(many, options_)) {
    ASSERT_EQ(verdict.outcome, Outcome::kPass) << verdict.happened;
  }
  // TearDown looks for them. All that could be left has come up to us, since
  // the runner is a subreaper.
}

TEST_F(RunnerTest, NoProcessIsLeftWhenTheCheckDies) {
  options_.source = Source<Litterer>();
  options_.jobs = 3;
  const std::vector<Requirement> many(30, MakeRequirement("Test.Check", &Dies));
  for (const Verdict& verdict : RunRequirements(many, options_)) {
    ASSERT_EQ(verdict.outcome, Outcome::kHarness) << verdict.happened;
  }
}

// ---- Cleaning up after a kill -----------------------------------------------

int reached_fd = -1;  // the check says through it that it has come so far

void LittersAndNeverEnds(Trial& t) {
  Litters(t);
  if (t.going()) (void)!::write(reached_fd, "x", 1);
  for (;;) ::pause();
}

// A process that runs the check above as the runner, and what is below it. The
// test itself is a subreaper, so all that outlives it comes up to the test.
class KillTest : public RunnerTest {
 protected:
  void SetUp() override {
    RunnerTest::SetUp();
    options_.source = Source<Litterer>();
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    runner_ = ::fork();
    if (runner_ == 0) {
      ::setpgid(0, 0);
      ::close(ends[0]);
      reached_fd = ends[1];
      InitializeRunner();
      options_.on_progress = [&](const std::vector<absl::string_view>& now) {
        if (now.empty()) (void)!::write(reached_fd, "c", 1);
      };
      RunRequirements({MakeRequirement("Test.Check", &LittersAndNeverEnds)},
                      options_);
      ::_exit(7);
    }
    ::setpgid(runner_, runner_);
    ::close(ends[1]);
    reached_ = ends[0];
    ASSERT_EQ(Next(), 'x');
    guard_ = OnlyChildOf(runner_);
    trial_ = OnlyChildOf(guard_);
    for (const pid_t child : ChildrenOf(trial_)) {
      if (GroupOf(child) == child) contender_ = child;
    }
    ASSERT_GT(contender_, 0);
    ASSERT_GE(Descendants().size(), 8);
  }
  void TearDown() override {
    ::close(reached_);
    RunnerTest::TearDown();
  }

  // The next byte that is said; 0 at the end, when all have closed it.
  char Next() const {
    pollfd fd = {reached_, POLLIN, 0};
    char c = 0;
    if (::poll(&fd, 1, 60'000) > 0 && ::read(reached_, &c, 1) != 1) c = 0;
    return c;
  }
  static pid_t OnlyChildOf(pid_t parent) {
    const std::vector<pid_t> children = ChildrenOf(parent);
    EXPECT_EQ(children.size(), 1);
    return children.empty() ? 0 : children.front();
  }
  // Waits for the ends of all that have come up to us, or will.
  static void ReapOrphans() {
    const absl::Duration deadline = InAWhile();
    while (MonotonicNow() < deadline) {
      const std::vector<pid_t> left = Descendants();
      if (left.empty()) return;
      AwaitEnd(left.front(), deadline);
      ::waitpid(left.front(), nullptr, WNOHANG);
    }
    FAIL() << "left: " << Descendants().size();
  }
  int AwaitRunner() const {
    EXPECT_TRUE(AwaitEnd(runner_, InAWhile()));
    int status = 0;
    ::waitpid(runner_, &status, 0);
    return status;
  }

  pid_t runner_ = 0, guard_ = 0, trial_ = 0, contender_ = 0;
  int reached_ = -1;
};

TEST_F(KillTest, RunnerIsKilled) {
  ::kill(runner_, SIGKILL);
  EXPECT_EQ(AwaitRunner(), SIGKILL);
  ReapOrphans();
}

TEST_F(KillTest, TrialIsKilled) {
  ::kill(trial_, SIGKILL);
  EXPECT_EQ(WEXITSTATUS(AwaitRunner()), 7);
  EXPECT_THAT(Descendants(), IsEmpty());
}

TEST_F(KillTest, GuardIsKilled) {
  ::kill(guard_, SIGKILL);
  EXPECT_EQ(WEXITSTATUS(AwaitRunner()), 7);
  EXPECT_THAT(Descendants(), IsEmpty());
}

TEST_F(KillTest, ContenderIsKilledThenTheRunner) {
  ::kill(contender_, SIGKILL);
  ::kill(runner_, SIGKILL);
  EXPECT_EQ(AwaitRunner(), SIGKILL);
  ReapOrphans();
}

// As Ctrl-C does: the whole foreground group, to which contenders don't belong.
// All is clean when the runner ends, not a moment later.
TEST_F(KillTest, GroupIsInterrupted) {
  ::kill(-runner_, SIGINT);
  EXPECT_EQ(AwaitRunner(), SIGINT);
  EXPECT_THAT(Descendants(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(scratch_));
  EXPECT_EQ(Next(), 'c');  // the progress line was cleared
}

TEST_F(KillTest, RunnerIsTerminated) {
  ::kill(runner_, SIGTERM);
  EXPECT_EQ(AwaitRunner(), SIGTERM);
  EXPECT_THAT(Descendants(), IsEmpty());
}

pid_t signalled = 0;
volatile sig_atomic_t handled = 0;

void SignalsTheRunner(Trial& t) {
  t.MustAcquire(t.Start());
  ::kill(signalled, SIGHUP);
}

// nohup(1).
TEST_F(RunnerTest, IgnoredSignalStaysIgnored) {
  signalled = ::getpid();
  ::signal(SIGHUP, SIG_IGN);
  EXPECT_EQ(Run(&SignalsTheRunner).outcome, Outcome::kPass);
  ::signal(SIGHUP, SIG_DFL);
}

void SignalsTheRunnerAndNeverEnds(Trial& t) {
  SignalsTheRunner(t);
  for (;;) ::pause();
}

TEST_F(RunnerTest, HandledSignalIsHandledAndInterrupts) {
  signalled = ::getpid();
  handled = 0;
  ::signal(SIGHUP, [](int /*signal*/) { handled = 1; });
  const Verdict verdict = Run(&SignalsTheRunnerAndNeverEnds);
  ::signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(verdict.outcome, Outcome::kHarness);
  EXPECT_EQ(verdict.happened, "interrupted by a signal");
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
