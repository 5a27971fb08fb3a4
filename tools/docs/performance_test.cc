// The page and the plot say what the figures beside them say.

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tools/bench/goals.h"
#include "tools/bench/page.h"
#include "tools/bench/plot.h"
#include "tools/bench/results.h"

namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(PerformanceTest, PageAndPlotAreMadeFromTheFigures) {
  const std::optional<bench::Results> results =
      bench::FromJson(ReadFile("docs/performance.json"));
  ASSERT_TRUE(results.has_value());
  EXPECT_FALSE(results->figures.empty());
  constexpr char kMend[] =
      "run: tools/bazel run -c opt //tools:lockbench -- "
      "--from=docs/performance.json --docs";
  EXPECT_EQ(ReadFile("docs/performance.md"),
            bench::PerformancePage(bench::ProjectGoals(), *results))
      << kMend;
  EXPECT_EQ(ReadFile("docs/performance.svg"), bench::HandOverPlot(*results))
      << kMend;
}

TEST(PerformanceTest, EachGoalWasMeasured) {
  const std::optional<bench::Results> results =
      bench::FromJson(ReadFile("docs/performance.json"));
  ASSERT_TRUE(results.has_value());
  for (const bench::GoalResult& goal :
       bench::Judge(bench::ProjectGoals(), *results)) {
    EXPECT_NE(goal.verdict, bench::Verdict::kNotMeasured) << goal.goal.what;
  }
}

}  // namespace
