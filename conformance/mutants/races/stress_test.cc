// Each race mutant under plain stress: three contenders at one lock for a while
// (`--stress=30s`). That is luck, so what is asserted is only that they ran,
// and that nothing is found in the locks that the mutants break; what it
// reports is who survives, which the systematic exploration kills each time
// (kill_test).

#include "conformance/stress/stress.h"

#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

ABSL_FLAG(absl::Duration, stress, absl::Milliseconds(300), "of each mutant");

namespace conformance {
namespace {

class StressTest : public testing::TestWithParam<Mutant> {
 protected:
  // Reports it, and gives it.
  explorer::StressResult Stress() {
    ContenderSource source;
    source.main = GetParam().main;
    explorer::StressOptions options;
    options.duration = absl::GetFlag(FLAGS_stress);
    options.directory = folder_.path();
    const absl::StatusOr<explorer::StressResult> result =
        explorer::Stress(source, options);
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok()) return {};
    const std::string became =
        result->violation.empty()
            ? "survives"
            : absl::StrCat("is found out: ", result->violation);
    std::cout << GetParam().name << " " << became << ", after "
              << absl::FormatDuration(result->took) << " and "
              << result->acquisitions << " acquisitions\n";
    RecordProperty("stress", became);
    RecordProperty("acquisitions", absl::StrCat(result->acquisitions));
    return *result;
  }

 private:
  const TempFolder folder_;
};

std::string NameOf(const testing::TestParamInfo<Mutant>& info) {
  return std::string(info.param.name);
}

using RaceMutantTest = StressTest;

TEST_P(RaceMutantTest, SurvivesOrIsFoundOut) {
  const explorer::StressResult result = Stress();
  EXPECT_TRUE(result.acquisitions > 0 || !result.violation.empty());
}

INSTANTIATE_TEST_SUITE_P(All, RaceMutantTest,
                         testing::ValuesIn(AllRaceMutants()), NameOf);

using WholeLockTest = StressTest;

TEST_P(WholeLockTest, Survives) {
  const explorer::StressResult result = Stress();
  EXPECT_GT(result.acquisitions, 0);
  EXPECT_EQ(result.violation, "");
}

INSTANTIATE_TEST_SUITE_P(All, WholeLockTest, testing::ValuesIn(AllWholeLocks()),
                         NameOf);

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
