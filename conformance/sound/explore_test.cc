// Exploration accuses no sound lock: each is searched for a while under its
// profile, with crashes, failing calls, and all that is planted.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/sound/sound.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::sound {
namespace {

// Of each of the systematic requirements. Most searches aren't done by then;
// what they begin with is what finds most.
constexpr absl::Duration kALook = absl::Seconds(4);

// Those that need longer to start are explored for hours, or not at all.
std::vector<SoundLock> Exploration() {
  std::vector<SoundLock> locks;
  for (const SoundLock& lock : AllSound()) {
    if (lock.starts_in < absl::Seconds(10)) locks.push_back(lock);
  }
  return locks;
}

class SoundExploreTest : public testing::TestWithParam<SoundLock> {};

TEST_P(SoundExploreTest, IsNotAccused) {
  RunOptions options;
  options.source.main = GetParam().main;
  options.exploration = kALook;
  options.jobs = 2;
  options.deadline += 2 * GetParam().starts_in;
  std::vector<Requirement> asked;
  for (const Requirement& requirement : Catalogue()) {
    if (IsSystematic(requirement)) asked.push_back(requirement);
  }
  ASSERT_FALSE(asked.empty());
  for (const Verdict& verdict : RunRequirements(asked, options)) {
    EXPECT_THAT(verdict.outcome,
                testing::AnyOf(Outcome::kPass, Outcome::kUnsupported,
                               Outcome::kNotAsked, Outcome::kNotRun))
        << verdict.id << ": " << OutcomeName(verdict.outcome) << "\n"
        << verdict.happened << "\n"
        << verdict.details;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SoundExploreTest,
                         testing::ValuesIn(Exploration()),
                         [](const testing::TestParamInfo<SoundLock>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace conformance::sound

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
