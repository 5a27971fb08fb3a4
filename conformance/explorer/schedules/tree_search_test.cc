// A search's account of itself: how far it is, and that what it searches isn't
// always the same.

#include "conformance/explorer/schedules/tree_search.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/brute_force.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/misled.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/preemption_bounded.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

TEST(Statistics, EstimateEndsAtZeroAndIsOfTheRightOrder) {
  DepthFirst::Options options;
  options.reduction = TreeSearch::Reduction::kNone;
  DepthFirst search(options);
  const ModelKernel kernel = LockModel('b', {2, 2});
  std::vector<double> totals;
  RunAll(search, kernel, [&](const ModelExecution&) {
    const Statistics& s = search.statistics();
    totals.push_back(static_cast<double>(s.schedules) + s.remaining);
  });
  EXPECT_EQ(search.statistics().remaining, 0);
  const double total = static_cast<double>(search.statistics().schedules);
  EXPECT_GT(totals[totals.size() / 2], total / 10);
  EXPECT_LT(totals[totals.size() / 2], total * 10);
}

TEST(Statistics, BudgetEndsTheSearchUnexhausted) {
  DepthFirst::Options options;
  options.max_executions = 5;
  DepthFirst search(options);
  Search(search, LockModel('b', {2, 2}));
  EXPECT_EQ(search.statistics().schedules + search.statistics().pruned, 5);
  EXPECT_FALSE(search.statistics().exhausted);
  EXPECT_GT(search.statistics().remaining, 0);
}

// Runs `search` on contenders of which b is no longer what it was in the
// executions that `changed` names. Returns the outcomes of the complete ones.
std::set<std::string> SearchOfChanging(
    DepthFirst& search, absl::FunctionRef<bool(int execution)> changed) {
  std::set<std::string> outcomes;
  for (int execution = 1; search.NextSchedule(); ++execution) {
    ModelKernel model = LockModel('a', {1, changed(execution) ? 0 : 1});
    bool complete = true;
    while (complete && model.AnyEnabled()) {
      const std::optional<Step> step = search.Choose(model.Actors());
      complete = step.has_value();
      if (complete) search.Executed(*step, model.Execute(*step));
    }
    search.Finished(complete);
    if (complete) outcomes.insert(model.Outcome());
    if (execution == 1000) {
      ADD_FAILURE() << "it goes on and on";
      break;
    }
  }
  return outcomes;
}

TEST(Divergence, OfActorsIsNoticedAndTheRestStillSearched) {
  DepthFirst search;
  SearchOfChanging(search, [](int execution) { return execution >= 4; });
  EXPECT_GT(search.statistics().diverged, 0);
  EXPECT_FALSE(search.statistics().exhausted);
  EXPECT_THAT(search.divergence(), HasSubstr("b finished"));
}

TEST(Divergence, OnceIsForgiven) {
  DepthFirst search;
  const std::set<std::string> outcomes =
      SearchOfChanging(search, [](int execution) { return execution == 4; });
  EXPECT_EQ(search.statistics().diverged, 1);
  EXPECT_TRUE(search.statistics().exhausted);
  EXPECT_EQ(outcomes, BruteForce(LockModel('a', {1, 1})).outcomes);
}

TEST(Divergence, OfFootprintsIsNoticed) {
  int steps = 0;
  auto search = std::make_unique<DepthFirst>();
  DepthFirst& watched = *search;
  Misled twin(std::move(search), [&](Footprint f) {
    f.Write(Object::Name(absl::StrCat("number ", ++steps)));
    return f;
  });
  Search(twin, LockModel('a', {1, 1}));
  EXPECT_GT(watched.statistics().diverged, 0);
  EXPECT_THAT(watched.divergence(), HasSubstr("but earlier"));
}

TEST(Describe, SaysWhatIsSearched) {
  EXPECT_EQ(DepthFirst().Describe(), "every schedule, up to equivalence");
  EXPECT_EQ(PreemptionBounded().Describe(),
            "every schedule, with at most 2 preemptions");
}

}  // namespace
}  // namespace conformance::explorer
