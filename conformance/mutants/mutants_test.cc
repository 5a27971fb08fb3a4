// Every mutant is killed by the requirements that its file names, with the
// verdict that it names; every requirement kills at least one; and the correct
// lock that the mutants break survives them all.

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

RunOptions OptionsFor(std::function<int()> main) {
  RunOptions options;
  options.source.main = std::move(main);
  options.jobs = 2;
  return options;
}

std::string Describe(const Verdict& verdict) {
  return absl::StrCat(verdict.id, ": ", OutcomeName(verdict.outcome),
                      "\n  expected: ", verdict.expected,
                      "\n  happened: ", verdict.happened, "\n", verdict.details,
                      "\n", verdict.history.ToString());
}

class MutantTest : public testing::TestWithParam<Mutant> {};

TEST_P(MutantTest, IsKilled) {
  const Mutant& mutant = GetParam();
  ASSERT_FALSE(mutant.killed_by.empty());
  for (const Mutant::Kill& kill : mutant.killed_by) {
    const Requirement* requirement = FindRequirement(kill.id);
    ASSERT_NE(requirement, nullptr) << kill.id;
    RunOptions options = OptionsFor(mutant.main);
    // Where a hang is to be found, there is no use in waiting for long.
    if (kill.outcome == Outcome::kHang) options.deadline = absl::Seconds(1);
    const Verdict verdict = RunRequirements({*requirement}, options).front();
    EXPECT_EQ(OutcomeName(verdict.outcome), OutcomeName(kill.outcome))
        << mutant.name << " survived\n"
        << Describe(verdict);
  }
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

// What the mutants break must be whole, or it could not be said what kills
// them.
TEST(PlainLockTest, SurvivesAll) {
  for (const PlainLock::Owner owner :
       {PlainLock::Owner::kUnrecorded, PlainLock::Owner::kRecorded}) {
    const RunOptions options = OptionsFor(Serve<PlainLock>(owner));
    for (const Verdict& verdict : RunRequirements(Catalogue(), options)) {
      EXPECT_THAT(verdict.outcome,
                  testing::AnyOf(Outcome::kPass, Outcome::kUnsupported,
                                 Outcome::kNotRun))
          << Describe(verdict);
    }
  }
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
