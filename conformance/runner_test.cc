// The runner: what becomes of checks that go wrong, and that nothing is left
// of any trial, whoever is killed.

#include "conformance/runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/implementation.h"
#include "conformance/process.h"
#include "conformance/requirement.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::Duration InAWhile() { return MonotonicNow() + absl::Seconds(60); }

// The simplest lock there is.
class Held : public HeldLock {
 public:
  explicit Held(int fd) : fd_(fd) {}
  ~Held() override { Close(); }
  std::string Release() override {
    Close();
    return "";
  }

 private:
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd_;
};

class Lock : public Implementation {
 public:
  Introduction Describe() const override {
    return {"simple", "1.0", 0, {"fork"}};
  }
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return Attempt::Error("open");
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      return Attempt::Acquired(std::make_unique<Held>(fd));
    }
    ::close(fd);
    return Attempt::Busy();
  }
};

// Leaves processes behind that no process group leads to.
class Litterer : public Lock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (::fork() == 0) {
      ::setsid();
      if (::fork() == 0) ::execlp("sleep", "sleep", "100000", nullptr);
      for (;;) ::pause();
    }
    if (::fork() == 0) {
      for (;;) ::pause();
    }
    return Lock::Acquire(path, wait);
  }
};

template <typename T>
ContenderSource Source() {
  return ContenderSource::LinkedIn([] { return std::make_unique<T>(); });
}

ContenderSource Shell(absl::string_view script) {
  ContenderSource source;
  source.command = {"sh", "-c", std::string(script)};
  return source;
}

Requirement MakeRequirement(absl::string_view id, void (*check)(Trial&),
                            std::vector<absl::string_view> needs = {}) {
  Requirement requirement;
  requirement.id = id;
  requirement.needs = std::move(needs);
  requirement.check = check;
  return requirement;
}

void Passes(Trial& t) { t.OutsiderMustAcquire(); }
void Violates(Trial& t) {
  const int a = t.Start();
  t.MustAcquire(a);
  t.MustAcquire(a, "b");
}
void Dies(Trial& t) {
  t.MustAcquire(t.Start());
  ::raise(SIGKILL);
}
void Exits(Trial& t) {
  t.MustAcquire(t.Start());
  ::_exit(3);
}
void ExitsWell(Trial& t) {
  t.MustAcquire(t.Start());
  ::_exit(0);
}
void NeverEnds(Trial& t) {
  t.MustAcquire(t.Start());
  for (;;) ::pause();
}
void LosesContender(Trial& t) {
  const int a = t.Start();
  ::kill(t.pid(a), SIGKILL);
  t.MustAcquire(a);
}

std::vector<pid_t> Descendants() {
  std::vector<pid_t> descendants;
  for (const pid_t pid : AllProcesses()) {
    if (pid != ::getpid() && DescendsFrom(pid, ::getpid())) {
      descendants.push_back(pid);
    }
  }
  return descendants;
}

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    scratch_ = absl::StrCat(::testing::TempDir(), "/runner_test.XXXXXX");
    ASSERT_NE(::mkdtemp(scratch_.data()), nullptr);
    options_.source = Source<Lock>();
    options_.scratch = scratch_;
  }
  // After every test: no folder of a trial, no process, no zombie, and no
  // descriptor.
  void TearDown() override {
    EXPECT_TRUE(std::filesystem::is_empty(scratch_));
    EXPECT_THAT(Descendants(), IsEmpty());
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(CountDescriptors(::getpid()), descriptors_);
    std::filesystem::remove_all(scratch_);
  }

  Verdict Run(void (*check)(Trial&),
              std::vector<absl::string_view> needs = {}) {
    return RunRequirements(
               {MakeRequirement("Test.Check", check, std::move(needs))},
               options_)
        .front();
  }

  std::string scratch_;
  RunOptions options_;
  const std::optional<size_t> descriptors_ = CountDescriptors(::getpid());
};

// ---- Verdicts ---------------------------------------------------------------

TEST_F(RunnerTest, GivesTheChecksVerdict) {
  EXPECT_EQ(Run(&Passes).outcome, Outcome::kPass);
  const Verdict violation = Run(&Violates);
  EXPECT_EQ(violation.id, "Test.Check");
  EXPECT_EQ(violation.outcome, Outcome::kViolation);
  EXPECT_EQ(violation.expected, "A acquires");
  EXPECT_EQ(violation.happened, "A answered busy");
  EXPECT_THAT(violation.history.ToString(), HasSubstr("acquire b $DIR/lock 0"));
  EXPECT_GT(violation.took, absl::ZeroDuration());
}

TEST_F(RunnerTest, CheckThatGoesWrongIsNobodysFaultButOurs) {
  const Verdict died = Run(&Dies);
  EXPECT_EQ(died.outcome, Outcome::kHarness);
  EXPECT_EQ(died.happened,
            "the check's own process was killed by signal 9 (Killed)");
  const Verdict exited = Run(&Exits);
  EXPECT_EQ(exited.outcome, Outcome::kHarness);
  EXPECT_EQ(exited.happened, "the check's own process exited with status 3");
  EXPECT_EQ(Run(&ExitsWell).outcome, Outcome::kHarness);
}

TEST_F(RunnerTest, CheckThatNeverEndsIsStopped) {
  options_.limit = absl::Milliseconds(100);
  options_.grace = absl::ZeroDuration();
  const Verdict verdict = Run(&NeverEnds);
  EXPECT_EQ(verdict.outcome, Outcome::kHarness);
  EXPECT_EQ(verdict.happened, "the check had not ended after 100ms");
}

TEST_F(RunnerTest, WhatIsNotClaimedIsUnsupported) {
  const Verdict verdict = Run(&Passes, {"fork", "thread"});
  EXPECT_EQ(verdict.outcome, Outcome::kUnsupported);
  EXPECT_EQ(verdict.happened, "the contender does not claim thread");
  EXPECT_EQ(Run(&Passes, {"fork"}).outcome, Outcome::kPass);
}

TEST_F(RunnerTest, WhatIsNotHereIsNotRun) {
  options_.source = Shell("echo no lock here >&2; exit 69");
  const Verdict verdict = Run(&Passes);
  EXPECT_EQ(verdict.outcome, Outcome::kNotRun);
  EXPECT_THAT(verdict.happened, HasSubstr("is not here: no lock here"));
  // Another status is a crash.
  options_.source = Shell("exit 70");
  EXPECT_EQ(Run(&Passes).outcome, Outcome::kCrash);
}

TEST_F(RunnerTest, ContenderThatCannotBeStartedIsNotOurFault) {
  options_.source.main = nullptr;
  options_.source.command = {"no-such-contender"};
  const Verdict verdict = Run(&Passes);
  EXPECT_EQ(verdict.outcome, Outcome::kCrash);
  EXPECT_THAT(verdict.happened, HasSubstr("cannot start no-such-contender"));
}

TEST_F(RunnerTest, SeveralAtOnceGiveTheSameVerdictsInTheSameOrder) {
  std::vector<Requirement> requirements;
  const std::vector<void (*)(Trial&)> checks = {
      &Passes,   &Violates, &Dies,   &Passes, &LosesContender, &Exits,
      &Violates, &Passes,   &Passes, &Dies,   &Passes};
  const std::vector<std::string> ids = {"T.A", "T.B", "T.C", "T.D",
                                        "T.E", "T.F", "T.G", "T.H",
                                        "T.I", "T.J", "T.K"};
  for (size_t i = 0; i < checks.size(); ++i) {
    requirements.push_back(MakeRequirement(ids[i], checks[i]));
  }
  requirements.back().needs = {"thread"};
  const auto outcomes = [&](int jobs) {
    size_t given = 0;
    options_.jobs = jobs;
    options_.on_verdict = [&](const Verdict& verdict) {
      EXPECT_FALSE(verdict.id.empty());
      ++given;
    };
    std::vector<std::string> lines;
    for (const Verdict& verdict : RunRequirements(requirements, options_)) {
      lines.push_back(
          absl::StrCat(verdict.id, " ", OutcomeName(verdict.outcome)));
    }
    EXPECT_EQ(given, requirements.size());
    return lines;
  };
  const std::vector<std::string> one = outcomes(1);
  EXPECT_THAT(
      one, ElementsAre("T.A pass", "T.B violation", "T.C harness", "T.D pass",
                       "T.E crash", "T.F harness", "T.G violation", "T.H pass",
                       "T.I pass", "T.J harness", "T.K unsupported"));
  for (const int jobs : {2, 4, 100}) EXPECT_EQ(outcomes(jobs), one);
}

TEST_F(RunnerTest, MeetingTellsWhoItIs) {
  const Meeting meeting = Meet(options_);
  EXPECT_EQ(meeting.verdict.outcome, Outcome::kPass);
  EXPECT_EQ(meeting.introduction.name, "simple");
  EXPECT_EQ(meeting.introduction.version, "1.0");
  EXPECT_THAT(meeting.introduction.can, ElementsAre("fork"));
  options_.source = Shell("exit 1");
  EXPECT_EQ(Meet(options_).verdict.outcome, Outcome::kCrash);
}

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

void Litters(Trial& t) {
  const int a = t.Start();
  t.MustAcquire(a);
  t.Fork(a, "a", "exec");
  t.Fork(a, "a", "idle");
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

// ---- Whoever is killed ------------------------------------------------------

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

// ---- What the runner is started with ----------------------------------------

// Runs in a child of its own, started badly, a check that must pass.
int StatusWhen(const RunOptions& options, const std::function<void()>& spoil) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    spoil();
    InitializeRunner();
    const Requirement requirement = MakeRequirement("Test.Check", &Litters);
    ::_exit(RunRequirements({requirement}, options).front().outcome ==
                    Outcome::kPass
                ? 0
                : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

TEST_F(RunnerTest, WorksWithSigchldIgnored) {
  EXPECT_EQ(StatusWhen(options_, [] { ::signal(SIGCHLD, SIG_IGN); }), 0);
}

TEST_F(RunnerTest, WorksWithStandardDescriptorsClosed) {
  EXPECT_EQ(StatusWhen(options_,
                       [] {
                         for (const int fd : {0, 1, 2}) ::close(fd);
                       }),
            0);
}

TEST_F(RunnerTest, SaysWhenThereIsNoFolder) {
  options_.scratch = "/no/such/folder";
  const Verdict verdict = Run(&Passes);
  EXPECT_EQ(verdict.outcome, Outcome::kNotRun);
  EXPECT_THAT(verdict.happened, HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
