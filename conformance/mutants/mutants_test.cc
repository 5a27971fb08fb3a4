// Every mutant is killed by the requirements that its file names, with the
// verdict that it names; every requirement kills at least one; and the correct
// lock that the mutants break survives them all. No contender, however odd, and
// no check that goes wrong itself gets a verdict that it should not.

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contender_main.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/testing/sources.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

RunOptions OptionsFor(std::function<int()> main) {
  RunOptions options;
  options.source.main = std::move(main);
  // Nothing explains a failure here: it is to be shown that each check fails.
  options.hold = absl::Seconds(2);
  options.jobs = 2;
  return options;
}

std::string Describe(const Verdict& verdict) {
  return absl::StrCat(verdict.id, ": ", OutcomeName(verdict.outcome),
                      "\n  expected: ", verdict.expected,
                      "\n  happened: ", verdict.happened, "\n", verdict.details,
                      "\n", verdict.history.ToString());
}

Verdict VerdictOf(absl::string_view id, const RunOptions& options) {
  return RunRequirements({*FindRequirement(id)}, options).front();
}

class MutantTest : public testing::TestWithParam<Mutant> {};

TEST_P(MutantTest, IsKilled) {
  const Mutant& mutant = GetParam();
  ASSERT_FALSE(mutant.killed_by.empty());
  std::string not_run;
  for (const Mutant::Kill& kill : mutant.killed_by) {
    ASSERT_NE(FindRequirement(kill.id), nullptr) << kill.id;
    RunOptions options = OptionsFor(mutant.main);
    options.deadline = kill.deadline;
    const Verdict verdict = VerdictOf(kill.id, options);
    if (verdict.outcome == Outcome::kNotRun) {
      absl::StrAppend(&not_run, verdict.id, ": ", verdict.happened, "\n");
      continue;
    }
    EXPECT_EQ(OutcomeName(verdict.outcome), OutcomeName(kill.outcome))
        << mutant.name << " survived\n"
        << Describe(verdict);
  }
  if (!not_run.empty()) GTEST_SKIP() << "not run here:\n" << not_run;
}

INSTANTIATE_TEST_SUITE_P(All, MutantTest, testing::ValuesIn(AllMutants()),
                         [](const testing::TestParamInfo<Mutant>& info) {
                           return std::string(info.param.name);
                         });

TEST(MutantsTest, EveryRequirementKillsOne) {
  std::set<absl::string_view> killers;
  for (const Mutant& mutant : AllMutants()) {
    for (const Mutant::Kill& kill : mutant.killed_by) killers.insert(kill.id);
  }
  for (const Requirement& requirement : Catalogue()) {
    EXPECT_EQ(killers.count(requirement.id), 1)
        << requirement.id << " kills no mutant";
  }
}

TEST(MutantsTest, NamesAreUnique) {
  std::set<absl::string_view> names;
  for (const Mutant& mutant : AllMutants()) {
    EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
  }
}

// None has a file that isn't in BUILD.bazel, or was left out by the linker.
TEST(MutantsTest, NamesAreThoseOfFiles) {
  std::vector<std::string> names;
  names.reserve(AllMutants().size());
  for (const Mutant& mutant : AllMutants()) names.emplace_back(mutant.name);
  EXPECT_EQ(names,
            SourcesWith("conformance/mutants", "const RegisteredMutant k"));
}

TEST(MutantsTest, AreNotFewerThanThereWere) {
  EXPECT_GE(AllMutants().size(), 185);
}

TEST(MutantsTest, DefectsAreSentences) {
  for (const Mutant& mutant : AllMutants()) {
    EXPECT_TRUE(absl::EndsWith(mutant.defect, ".")) << mutant.name;
  }
}

// A contender that speaks nonsense passes nothing, whatever it says, and the
// blame stays with it.
TEST_P(MutantTest, IsToBlame) {
  const Mutant& mutant = GetParam();
  const auto blamed = testing::AnyOf(Outcome::kViolation, Outcome::kCrash,
                                     Outcome::kHang, Outcome::kProtocol);
  bool asked = false;
  for (const Mutant::Kill& kill : mutant.killed_by) {
    EXPECT_THAT(kill.outcome, blamed) << kill.id;
    asked |= kill.id == "Exclusion.SecondProcessIsRefused";
  }
  // A result that IsKilled has found already need not be found again.
  if (!mutant.odd || asked) return;
  const Verdict verdict =
      VerdictOf("Exclusion.SecondProcessIsRefused", OptionsFor(mutant.main));
  EXPECT_THAT(verdict.outcome, blamed) << Describe(verdict);
}

// Writes a megabyte on standard error at each step: more than a pipe holds.
class FloodsStandardError : public PlainLock {
  int Lock(int fd) override {
    Flood();
    return PlainLock::Lock(fd);
  }
  int Unlock(int fd, const std::string& path) override {
    Flood();
    return PlainLock::Unlock(fd, path);
  }
  static void Flood() {
    const std::string line = std::string(1023, '~') + "\n";
    for (int i = 0; i < 1024; ++i) {
      if (::write(STDERR_FILENO, line.data(), line.size()) < 0) ::abort();
    }
  }
};

TEST(ContenderTest, MayFloodStandardError) {
  const Verdict verdict = VerdictOf("Exclusion.SecondProcessIsRefused",
                                    OptionsFor(Serve<FloodsStandardError>()));
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << Describe(verdict);
}

// Says that it waits, before it does.
class TellsThatItWaits : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    EmitLog("DEBUG", "waiting");
    return PlainLock::LockUntil(fd, deadline);
  }
};

TEST(ContenderTest, MayLogWhileItWaits) {
  const Verdict verdict = VerdictOf("Waiting.ForeverIsForever",
                                    OptionsFor(Serve<TellsThatItWaits>()));
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << Describe(verdict);
}

// Polls, with naps that end at a time of day: the system's, and not what this
// process is shown.
class NapsUntilATimeOfDay : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    for (;;) {
      const int error = Lock(fd);
      if (error != EWOULDBLOCK || MonotonicNow() >= deadline) return error;
      const timespec end =
          absl::ToTimespec(absl::Now() + absl::Milliseconds(50));
      ::clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, nullptr);
    }
  }
};

TEST(ContenderTest, MayOversleepWhenItsClockIsSetOn) {
  const Verdict verdict = VerdictOf("Waiting.ClockSetOnEndsNoWait",
                                    OptionsFor(Serve<NapsUntilATimeOfDay>()));
  if (verdict.outcome == Outcome::kNotRun) GTEST_SKIP() << verdict.happened;
  EXPECT_EQ(verdict.outcome, Outcome::kPass) << Describe(verdict);
}

TEST(ContenderTest, SaysThatWhatItDrivesIsNotHere) {
  const Verdict verdict = VerdictOf("Exclusion.SecondProcessIsRefused",
                                    OptionsFor([] { return kNotHereStatus; }));
  EXPECT_EQ(verdict.outcome, Outcome::kNotRun) << Describe(verdict);
}

Verdict RunCheck(void (*check)(Trial&)) {
  Requirement requirement;
  requirement.id = "Test.Check";
  requirement.check = check;
  RunOptions options = OptionsFor(Serve<PlainLock>());
  options.limit = absl::Seconds(2);
  options.grace = absl::ZeroDuration();
  return RunRequirements({requirement}, options).front();
}

TEST(HarnessTest, CheckThatDiesBlamesNobody) {
  const Verdict verdict = RunCheck([](Trial& t) {
    t.MustAcquire(t.Start());
    ::abort();
  });
  EXPECT_EQ(verdict.outcome, Outcome::kHarness) << Describe(verdict);
}

TEST(HarnessTest, CheckThatExitsBlamesNobody) {
  const Verdict verdict = RunCheck([](Trial& t) {
    t.MustAcquire(t.Start());
    ::_exit(0);
  });
  EXPECT_EQ(verdict.outcome, Outcome::kHarness) << Describe(verdict);
}

TEST(HarnessTest, CheckThatNeverEndsBlamesNobody) {
  const Verdict verdict = RunCheck([](Trial& t) {
    t.MustAcquire(t.Start());
    for (;;) ::pause();
  });
  EXPECT_EQ(verdict.outcome, Outcome::kHarness) << Describe(verdict);
}

// The lock that the mutants break must be whole, or nobody could say what kills
// them.
TEST(PlainLockTest, SurvivesAll) {
  for (const PlainLock::Owner owner :
       {PlainLock::Owner::kUnrecorded, PlainLock::Owner::kRecorded}) {
    const RunOptions options = OptionsFor(Serve<PlainLock>(owner));
    for (const Verdict& verdict : RunRequirements(Catalogue(), options)) {
      EXPECT_THAT(verdict.outcome,
                  testing::AnyOf(Outcome::kPass, Outcome::kUnsupported,
                                 Outcome::kNotAsked, Outcome::kNotRun))
          << Describe(verdict);
    }
  }
}

TEST(CancellableLockTest, SurvivesWhatIsAskedOfWaits) {
  const absl::StatusOr<std::vector<Requirement>> asked =
      Select("Waiting.*:RefusalLog.*:Protocol.*");
  ASSERT_TRUE(asked.ok());
  for (const Verdict& verdict :
       RunRequirements(*asked, OptionsFor(Serve<CancellableLock>()))) {
    EXPECT_THAT(verdict.outcome,
                testing::AnyOf(Outcome::kPass, Outcome::kUnsupported))
        << Describe(verdict);
  }
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
