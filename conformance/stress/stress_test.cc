// Defects that stress must find at once, and locks that it must not accuse.

#include "conformance/stress/stress.h"

#include <errno.h>
#include <sys/wait.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/testing/registry.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

class StressTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.directory = folder_.path();
    // It ends with the first violation, long before.
    options_.duration = absl::Seconds(60);
  }

  void TearDown() override {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  StressResult Run(const ContenderSource& source) {
    absl::StatusOr<StressResult> result = Stress(source, options_);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : StressResult();
  }

  const TempFolder folder_;
  StressOptions options_;
};

ContenderSource NoLock() {
  ContenderSource source;
  source.main = Named(AllMutants(), "no_lock").main;
  return source;
}

ContenderSource CorrectLock() {
  return ContenderSource::LinkedIn(
      [] { return std::make_unique<conformance::PlainLock>(); });
}

class Failing : public Implementation {
 public:
  Introduction Describe() const override { return {"failing", "1", 0, {}}; }
  Attempt Acquire(const std::string& /*path*/,
                  absl::Duration /*wait*/) override {
    return Attempt::Error("no such thing");
  }
};

TEST_F(StressTest, FindsNoLockAtAll) {
  options_.hold = absl::Milliseconds(1);
  EXPECT_THAT(Run(NoLock()).violation, HasSubstr(" holds"));
}

TEST_F(StressTest, FindsNoLockAtAllWithoutHolding) {
  EXPECT_THAT(Run(NoLock()).violation, HasSubstr(" holds"));
}

TEST_F(StressTest, FindsNothingWrongWithCorrectLock) {
  options_.duration = absl::Milliseconds(300);
  for (const absl::Duration hold :
       {absl::ZeroDuration(), absl::Microseconds(50)}) {
    options_.hold = hold;
    const StressResult result = Run(CorrectLock());
    EXPECT_EQ(result.violation, "");
    EXPECT_GE(result.acquisitions, 2);  // of the start, and at the end
    EXPECT_GE(result.took, options_.duration);
  }
}

TEST_F(StressTest, ReportsDeath) {
  EXPECT_THAT(Run(DyingLock()).violation, HasSubstr("exited with status 3"));
}

TEST_F(StressTest, ReportsHang) {
  options_.deadline = absl::Seconds(1);
  EXPECT_THAT(Run(HangingLock()).violation,
              HasSubstr("doesn't answer acquire within 1s"));
}

TEST_F(StressTest, ReportsError) {
  EXPECT_THAT(Run(ContenderSource::LinkedIn([] {
                return std::make_unique<Failing>();
              })).violation,
              HasSubstr("error"));
}

TEST_F(StressTest, AsksSomebodyNewAtTheEnd) {
  options_.duration = absl::Milliseconds(50);
  EXPECT_EQ(Run(NeverReleased()).violation,
            "somebody new is refused at the end, when nobody holds the lock");
}

TEST_F(StressTest, TellsOfProgress) {
  options_.duration = absl::Milliseconds(500);
  int told = 0;
  options_.on_progress = [&](const StressResult&) { ++told; };
  Run(CorrectLock());
  EXPECT_GE(told, 1);
}

TEST_F(StressTest, NeedsContender) {
  options_.contenders = 0;
  EXPECT_EQ(Stress(CorrectLock(), options_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(StressTest, ContenderThatDoesNotSpeakIsNotJudged) {
  ContenderSource source;
  source.main = [] { return 1; };
  EXPECT_EQ(Stress(source, options_).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace conformance::explorer
