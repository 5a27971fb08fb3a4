// The runner: what becomes of checks that go right and wrong, and of a runner
// that is started badly.

#include "conformance/runner.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/history.h"
#include "conformance/requirement.h"
#include "conformance/runner_testing.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ContenderSource Shell(absl::string_view script) {
  ContenderSource source;
  source.command = {"sh", "-c", std::string(script)};
  return source;
}

void Passes(Trial& t) { t.OutsiderMustAcquire(); }
void Violates(Trial& t) {
  const int a = t.Start();
  t.MustAcquire(a);
  t.MustAcquire(a, "b");
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

// The limit is no fault of a check that does what it was asked to.
TEST_F(RunnerTest, CheckThatIsAskedForMoreHasTheTimeForIt) {
  options_.limit = absl::Milliseconds(1);
  options_.grace = absl::ZeroDuration();
  options_.exploration += absl::Minutes(10);
  EXPECT_EQ(Run(&Passes).outcome, Outcome::kPass);
  options_.exploration = RunOptions().exploration;
  options_.hold += absl::Minutes(10);
  EXPECT_EQ(Run(&Passes).outcome, Outcome::kPass);
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

// ---- A runner that is started badly -----------------------------------------

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
