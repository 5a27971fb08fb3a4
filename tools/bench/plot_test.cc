// The plot, made from results that nobody has measured.

#include "tools/bench/plot.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PlotTest, HasHandOversInOrderAndEscapesNames) {
  Results results;
  results.figures.push_back(MakeFigure(kHandOver, "slow", "us", {5000}));
  results.figures.push_back(MakeFigure(kHandOver, "bare <lock>", "us", {20}));
  results.figures.push_back(MakeFigure(kFreeLock, "elsewhere", "us", {3}));
  const std::string svg = HandOverPlot(results);
  EXPECT_THAT(svg, HasSubstr(">5.00 ms<"));
  EXPECT_THAT(svg, HasSubstr("bare &lt;lock&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("bare <lock>")));
  EXPECT_THAT(svg, Not(HasSubstr("elsewhere")));
  EXPECT_LT(svg.find("bare &lt;lock&gt;"), svg.find("slow"));
}

}  // namespace
}  // namespace bench
