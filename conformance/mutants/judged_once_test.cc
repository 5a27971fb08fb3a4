// One defect, one red line: in a run over the whole catalogue most mutants are
// judged with one failure, and none with more than four. Others that fail
// because of the same defect are `not judged`.
//
// With --all every mutant is asked about everything, which takes half an hour;
// without it, those few that were once accused of everything are asked about
// what takes no time.

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/testing/registry.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

constexpr size_t kMost = 4;

bool& AskAll() {
  static bool all = false;
  return all;
}

std::vector<Requirement> Asked() {
  std::vector<Requirement> asked;
  for (const Requirement& requirement : Catalogue()) {
    if (IsSystematic(requirement)) continue;
    if (requirement.patient && !AskAll()) continue;
    asked.push_back(requirement);
  }
  return asked;
}

// Most of those that speak nonsense break no promise of a lock.
std::vector<Mutant> Mutants() {
  std::vector<Mutant> mutants;
  for (const absl::string_view name :
       {"blocking", "follows_links_truncating", "hangs_on_acquire",
        "logs_nothing", "no_lock", "only_closes", "record_lock",
        "takes_errors_for_refusals"}) {
    mutants.push_back(Named(AllMutants(), name));
  }
  if (!AskAll()) return mutants;
  for (const Mutant& mutant : AllMutants()) {
    const bool asked = FindNamed(mutants, mutant.name) != nullptr;
    if (!asked && !mutant.odd) mutants.push_back(mutant);
  }
  return mutants;
}

std::vector<std::string> FailuresOf(const Mutant& mutant) {
  RunOptions options;
  options.source.main = mutant.main;
  options.find_requirement = &FindRequirement;
  options.hold = absl::Seconds(2);
  options.jobs = 2;
  // Where it has to pass for a kill, it is short.
  for (const Mutant::Kill& kill : mutant.killed_by) {
    options.deadline = std::min(options.deadline, kill.deadline);
  }
  std::vector<std::string> failures;
  for (const Verdict& verdict : RunRequirements(Asked(), options)) {
    EXPECT_NE(verdict.outcome, Outcome::kHarness)
        << mutant.name << ", " << verdict.id << ": " << verdict.happened;
    if (!IsFailure(verdict.outcome)) continue;
    failures.push_back(absl::StrCat(verdict.id, " (",
                                    OutcomeName(verdict.outcome),
                                    "): ", verdict.happened));
  }
  return failures;
}

class JudgedOnceTest : public testing::TestWithParam<Mutant> {
 public:
  static void TearDownTestSuite() {
    std::vector<size_t>& counts = Counts();
    if (!AskAll() || counts.empty()) return;
    std::sort(counts.begin(), counts.end());
    std::cout << "failures of each: " << absl::StrJoin(counts, " ") << "\n";
    EXPECT_EQ(counts[counts.size() / 2], 1) << "the median";
  }

 protected:
  static std::vector<size_t>& Counts() {
    static auto* const counts = new std::vector<size_t>();
    return *counts;
  }
};

TEST_P(JudgedOnceTest, NoMoreThanFour) {
  const std::vector<std::string> failures = FailuresOf(GetParam());
  std::cout << GetParam().name << ": " << failures.size() << "\n  "
            << absl::StrJoin(failures, "\n  ") << std::endl;
  Counts().push_back(failures.size());
  EXPECT_LE(failures.size(), kMost);
}

// Its values are asked for in InitGoogleTest, when AskAll has been set.
INSTANTIATE_TEST_SUITE_P(All, JudgedOnceTest, testing::ValuesIn(Mutants()),
                         [](const testing::TestParamInfo<Mutant>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  conformance::InitializeRunner();
  conformance::AskAll() =
      std::find(argv, argv + argc, absl::string_view("--all")) != argv + argc;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
