// A simple lock, checks, and a fixture that sees whether anything is left, for
// tests of the runner.

#ifndef CONFORMANCE_RUNNER_TESTING_H_
#define CONFORMANCE_RUNNER_TESTING_H_

#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/implementation.h"
#include "conformance/process/proc.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/testing/temp_folder.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "gtest/gtest.h"

namespace conformance {

// The simplest lock there is.
class SimpleLock : public Implementation {
 public:
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;
};

template <typename T>
ContenderSource Source() {
  return ContenderSource::LinkedIn([] { return std::make_unique<T>(); });
}

Requirement MakeRequirement(absl::string_view id, void (*check)(Trial&),
                            std::vector<absl::string_view> needs = {});

// A check whose process is killed.
void Dies(Trial& t);
// One whose contender leaves children behind.
void Litters(Trial& t);

// The processes below this one.
std::vector<pid_t> Descendants();

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override;
  // After every test: no folder of a trial, no process, no zombie, and no
  // descriptor.
  void TearDown() override;

  Verdict Run(void (*check)(Trial&), std::vector<absl::string_view> needs = {});

  const TempFolder folder_;
  const std::string scratch_ = folder_.path();
  RunOptions options_;
  const std::optional<size_t> descriptors_ = CountDescriptors(::getpid());
};

}  // namespace conformance

#endif  // CONFORMANCE_RUNNER_TESTING_H_
