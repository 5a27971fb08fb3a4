// Defects that people reported in public: for each kind there is a mutant that
// a requirement accuses, for the right reason, and a sound lock, made in the
// same way or near it, that keeps this promise and isn't excused from it.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/sound/sound.h"
#include "conformance/testing/registry.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

struct Reported {
  std::string name;  // for people, and of the test
  absl::string_view where;
  absl::string_view requirement;
  absl::string_view mutant;
  absl::string_view evidence;  // part of what happened
  absl::string_view sound;
};

class ReportedTest : public testing::TestWithParam<Reported> {};

Verdict VerdictOf(const Reported& reported, std::function<int()> main) {
  RunOptions options;
  options.source.main = std::move(main);
  options.find_requirement = &FindRequirement;
  options.hold = absl::Seconds(2);
  options.exploration = absl::Seconds(20);
  return RunRequirements({*FindRequirement(reported.requirement)}, options)
      .front();
}

std::string Describe(const Verdict& verdict) {
  return absl::StrCat(verdict.id, ": ", OutcomeName(verdict.outcome),
                      "\n  expected: ", verdict.expected,
                      "\n  happened: ", verdict.happened, "\n", verdict.details,
                      "\n", verdict.history.ToString());
}

TEST_P(ReportedTest, IsAccusedAndASoundOneIsNot) {
  const Reported& reported = GetParam();
  const Mutant* mutant = FindNamed(AllMutants(), reported.mutant);
  if (mutant == nullptr) mutant = FindNamed(AllRaceMutants(), reported.mutant);
  const sound::SoundLock* twin = FindNamed(sound::AllSound(), reported.sound);
  ASSERT_NE(mutant, nullptr) << "there is no " << reported.mutant;
  ASSERT_NE(twin, nullptr) << "there is no " << reported.sound;
  ASSERT_NE(FindRequirement(reported.requirement), nullptr);
  const Verdict bad = VerdictOf(reported, mutant->main);
  const Verdict good = VerdictOf(reported, twin->main);
  if (bad.outcome == Outcome::kNotRun || good.outcome == Outcome::kNotRun) {
    GTEST_SKIP() << bad.happened << good.happened;
  }
  EXPECT_EQ(bad.outcome, Outcome::kViolation) << Describe(bad);
  EXPECT_TRUE(absl::StrContains(bad.happened, reported.evidence))
      << Describe(bad);
  EXPECT_EQ(good.outcome, Outcome::kPass) << Describe(good);
}

INSTANTIATE_TEST_SUITE_P(
    All, ReportedTest,
    testing::Values(
        Reported{"ErrorIsNoRefusal", "py-filelock 67",
                 "Errors.FailingCallIsNoRefusal", "takes_any_errno_for_refusal",
                 "busy", "removed"},
        Reported{"ErrorIsNoLock", "cargo 4116", "Errors.FailingCallIsNoLock",
                 "goes_on_unlocked", "acquired", "removed"},
        Reported{"CollectedWhileHeld", "go 16700, stolon 405",
                 "Exclusion.LiveHolderHolds", "lets_go_after_a_second",
                 "answered acquired", "keeps_open"},
        Reported{"InTmpdir", "speckit-companion 680",
                 "Exclusion.OtherEnvironmentIsRefused", "separate_by_tmpdir",
                 "acquired", "hash_elsewhere"},
        Reported{"ForbiddenIsNotDead", "uutils/shadow 28",
                 "Users.OtherUserIsRefused", "takes_eperm_for_death",
                 "acquired", "excl_takeover"},
        Reported{"OthersAreLockedOut", "thin-edge 1740, backintime 1676",
                 "Users.OtherUserCanAcquire", "locks_unshared", "error",
                 "removed"},
        Reported{"KilledWhileCreating", "ai-engineering-fluency 1833",
                 "Systematic.CrashAtAnyCallFrees", "sticks_when_killed_early",
                 "nobody can acquire", "link_takeover"},
        Reported{"ErrorWithoutCause", "rushstack 4491",
                 "Exclusion.BarrierRaceHasOneWinner", "misses_what_vanishes",
                 "error", "token"},
        Reported{"MaskOfTheProcess", "py-filelock 204",
                 "Process.LeavesMaskAndFolder", "clears_umask", "mask",
                 "removed"},
        Reported{"OutlivesItsHolder", "Boost.Interprocess 56",
                 "Crash.SigkillFrees", "exclusive_create", "busy",
                 "record_table"},
        Reported{"TornHeartbeat", "codeburn 1196", "Exclusion.LiveHolderHolds",
                 "tears_its_heartbeat", "answered acquired", "lease_30s"},
        Reported{"NamesMadeOne", "srunx 146, magento2 40330",
                 "Exclusion.DifferentNamesAreDifferentLocks",
                 "replaces_strange_bytes", "busy", "hash_elsewhere"},
        Reported{"ClockSetOn", "py-filelock PR 136",
                 "Waiting.ClockSetOnEndsNoWait", "waits_by_wall_clock",
                 "it was given up after", "polls_50ms"},
        Reported{"ClockSetBack", "py-filelock PR 136",
                 "Waiting.ClockSetBackProlongsNoWait", "waits_by_wall_clock",
                 "it was not given up after", "polls_50ms"},
        Reported{"NapsDouble", "llvm 1129", "Waiting.HandOverStaysPrompt",
                 "naps_double", "it took", "backs_off"},
        Reported{"OwnPid", "stellar-core 652", "Existence.OwnPidIsNoHolder",
                 "believes_own_pid", "B was refused", "excl_takeover"}),
    [](const testing::TestParamInfo<Reported>& info) {
      return info.param.name;
    });

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
