// No check accuses a sound lock: neither of breaking a promise, nor of dying,
// hanging or speaking nonsense; and none goes wrong itself with one.
//
// Exploration is asked in explore_test.cc.

#include "conformance/sound/sound.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/testing/sources.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::sound {
namespace {

std::string Describe(const Verdict& verdict) {
  return absl::StrCat(verdict.id, ": ", OutcomeName(verdict.outcome),
                      "\n  expected: ", verdict.expected,
                      "\n  happened: ", verdict.happened, "\n", verdict.details,
                      "\n", verdict.history.ToString());
}

// With --other-users nothing else is asked than what root alone can find out,
// who becomes other users; in a sandbox he can't.
bool& OfOtherUsers() {
  static bool other_users = false;
  return other_users;
}

// All but exploration; and of a lock that needs long to start, few: the rest
// would take an hour.
std::vector<Requirement> AskedOf(const SoundLock& lock) {
  const bool few = lock.starts_in >= absl::Seconds(10);
  std::vector<Requirement> asked;
  for (const Requirement& requirement : Catalogue()) {
    if (IsSystematic(requirement)) continue;
    if (absl::StartsWith(requirement.id, "Users.") != OfOtherUsers()) continue;
    if (few && !OfOtherUsers() &&
        !absl::StartsWith(requirement.id, "Protocol.") &&
        requirement.id != "Exclusion.SecondProcessIsRefused" &&
        requirement.id != "Crash.SigkillFrees") {
      continue;
    }
    asked.push_back(requirement);
  }
  return asked;
}

class SoundLockTest : public testing::TestWithParam<SoundLock> {};

TEST_P(SoundLockTest, IsNotAccused) {
  RunOptions options;
  options.source.main = GetParam().main;
  options.hold = absl::Seconds(2);
  options.jobs = 2;
  options.deadline += 2 * GetParam().starts_in;
  // A check that asks a slow one thousands of times ends as `not run`, and that
  // can be seen in less time.
  const bool slow =
      GetParam().starts_in + GetParam().answers_in > absl::Milliseconds(40);
  if (slow) options.limit = absl::Seconds(30);
  // It needs no processor while it is slow.
  if (slow) options.jobs = 8;
  options.limit += 10 * GetParam().starts_in;
  bool any_passed = false;
  bool not_run = false;
  for (const Verdict& verdict : RunRequirements(AskedOf(GetParam()), options)) {
    EXPECT_THAT(verdict.outcome,
                testing::AnyOf(Outcome::kPass, Outcome::kUnsupported,
                               Outcome::kNotAsked, Outcome::kNotRun))
        << Describe(verdict);
    any_passed |= verdict.outcome == Outcome::kPass;
    not_run |= verdict.outcome == Outcome::kNotRun;
  }
  if (OfOtherUsers() && not_run) GTEST_SKIP() << "only root can";
  EXPECT_TRUE(any_passed);
}

INSTANTIATE_TEST_SUITE_P(All, SoundLockTest, testing::ValuesIn(AllSound()),
                         [](const testing::TestParamInfo<SoundLock>& info) {
                           return std::string(info.param.name);
                         });

TEST(SoundLocksTest, NamesAreUnique) {
  std::set<absl::string_view> names;
  for (const SoundLock& lock : AllSound()) {
    EXPECT_TRUE(names.insert(lock.name).second) << lock.name;
  }
}

// None has a file that isn't in BUILD.bazel, or was left out by the linker.
TEST(SoundLocksTest, AreAsManyAsInTheirFiles) {
  EXPECT_EQ(AllSound().size(),
            SourcesWith("conformance/sound", "const RegisteredSound k").size());
}

TEST(SoundLocksTest, AreNotFewerThanThereWere) {
  EXPECT_GE(AllSound().size(), 44);
}

TEST(SoundLocksTest, AreSaidInSentences) {
  for (const SoundLock& lock : AllSound()) {
    EXPECT_TRUE(absl::EndsWith(lock.what, ".")) << lock.name;
  }
}

}  // namespace

void SetOtherUsers(bool other_users) { OfOtherUsers() = other_users; }

}  // namespace conformance::sound

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  conformance::sound::SetOtherUsers(argc == 2 &&
                                    argv[1] == std::string("--other-users"));
  return RUN_ALL_TESTS();
}
