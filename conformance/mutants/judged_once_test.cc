// One defect, one red line: in a run over the whole catalogue most mutants are
// judged with one failure, and none with more than four. Others that fail
// because of the same defect are `not judged`.
//
// With --all every mutant is asked about everything, which takes half an hour;
// without it, those few that were once accused of everything are asked about
// what takes no time.

#include <errno.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/runner.h"
#include "conformance/testing/registry.h"
#include "conformance/verdict.h"
#include "gmock/gmock.h"
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
        "logs_nothing", "no_lock", "one_lock_per_name", "only_closes",
        "record_lock", "takes_errors_for_refusals"}) {
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

// Counts each attempt of its process, the refused ones, too, and frees the lock
// when all have been released. It is kept by the whole name.
class CountsRefusals : public PlainLock {
  class Counted : public HeldLock {
   public:
    Counted(int& count, std::unique_ptr<HeldLock> lock)
        : count_(count), lock_(std::move(lock)) {}
    std::string Release() override {
      return --count_ == 0 ? lock_->Release() : "";
    }

   private:
    int& count_;
    const std::unique_ptr<HeldLock> lock_;
  };

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    std::error_code error;
    int& count =
        counts_[std::filesystem::weakly_canonical(path, error).string()];
    if (count > 0) {
      ++count;
      return Attempt::Busy();
    }
    Attempt attempt = PlainLock::Acquire(path, wait);
    if (attempt.kind == AnswerKind::kAcquired) {
      count = 1;
      attempt.lock = std::make_unique<Counted>(count, std::move(attempt.lock));
    }
    return attempt;
  }

  std::map<std::string, int> counts_;
};

// Releases what its process holds when it forgets an object that was refused.
class ForgetsByReleasing : public PlainLock {
  class Shared : public HeldLock {
   public:
    explicit Shared(std::shared_ptr<HeldLock> lock) : lock_(std::move(lock)) {}
    ~Shared() override { lock_->Release(); }
    std::string Release() override { return lock_->Release(); }

   private:
    const std::shared_ptr<HeldLock> lock_;
  };

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    Attempt attempt = PlainLock::Acquire(path, wait);
    if (attempt.kind == AnswerKind::kAcquired) {
      held_ = std::move(attempt.lock);
      attempt.lock = std::make_unique<Shared>(held_);
    } else if (attempt.kind == AnswerKind::kBusy && held_ != nullptr) {
      attempt.lock = std::make_unique<Shared>(held_);
    }
    return attempt;
  }

  std::shared_ptr<HeldLock> held_;
};

// Says that it has acquired when it has waited in vain.
class TakesTimeOutForLock : public PlainLock {
  int LockUntil(int fd, absl::Duration deadline) override {
    const int error = PlainLock::LockUntil(fd, deadline);
    return error == EWOULDBLOCK ? 0 : error;
  }
};

// Of those with these ids, the ones that the lock is accused of.
std::vector<std::string> AccusedOf(std::function<int()> main,
                                   absl::string_view ids) {
  RunOptions options;
  options.source.main = std::move(main);
  options.find_requirement = &FindRequirement;
  options.jobs = 2;
  std::vector<std::string> accused;
  for (const Verdict& verdict : RunRequirements(*Select(ids), options)) {
    if (IsFailure(verdict.outcome)) accused.push_back(verdict.id);
  }
  return accused;
}

constexpr absl::string_view kOfRefused =
    "Exclusion.ReleaseOfRefusedIsHarmless:"
    "Exclusion.RelativeAndAbsoluteNamesExclude:"
    "Exclusion.ThreadsOfOneProcessExclude:"
    "Reacquisition.RefusalsLeakNoDescriptors";

TEST(NamedAsItIsTest, ARefusedAttemptThatCounts) {
  EXPECT_THAT(AccusedOf(Serve<CountsRefusals>(), kOfRefused),
              testing::ElementsAre("Exclusion.ReleaseOfRefusedIsHarmless"));
}

TEST(NamedAsItIsTest, ARefusedObjectThatReleases) {
  EXPECT_THAT(AccusedOf(Serve<ForgetsByReleasing>(), kOfRefused),
              testing::ElementsAre("Exclusion.ReleaseOfRefusedIsHarmless"));
}

TEST(NamedAsItIsTest, ATimeOutThatIsALock) {
  EXPECT_THAT(AccusedOf(Serve<TakesTimeOutForLock>(),
                        "Waiting.NotBeforeDeadline:"
                        "Exclusion.ClockSetLosesNothing"),
              testing::ElementsAre("Waiting.NotBeforeDeadline"));
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
