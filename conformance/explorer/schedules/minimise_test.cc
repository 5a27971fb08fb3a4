// Failing schedules of the model become as simple as they can be.

#include "conformance/explorer/schedules/minimise.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/random_walk.h"
#include "conformance/explorer/schedules/replay.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

ModelKernel WithFaults(ModelKernel kernel) {
  kernel.OfferFaults();
  return kernel;
}

bool TwoHold(const ModelKernel& kernel, const Schedule& schedule) {
  Replay replay(schedule);
  int holders = 0;
  RunAll(replay, kernel,
         [&](const ModelExecution& e) { holders = e.max_holders; });
  return replay.divergence().empty() && holders > 1;
}

// Failing schedules found at random, each cut off where it failed or not.
std::vector<Schedule> Failing(const ModelKernel& kernel,
                              const std::vector<int>& cycles, int faults) {
  RandomWalk::Options options;
  options.executions = 300;
  options.max_faults = faults;
  RandomWalk random(options);
  std::vector<Schedule> failing;
  RunAll(random, kernel, [&](const ModelExecution& e) {
    if (e.max_holders < 2) return;
    Schedule schedule;
    schedule.cycles = cycles;
    schedule.steps = e.steps;
    failing.push_back(schedule);
  });
  return failing;
}

TEST(Minimise, FindsTheFewestPreemptionsAndSteps) {
  struct Case {
    char letter;
    std::vector<int> cycles;
    int switches;
    size_t steps;
  };
  for (const Case& c : std::vector<Case>{
           // Both look, both create.
           {'c', {1, 1}, 1, 4},
           {'c', {2, 2}, 1, 4},
           {'c', {1, 1, 1}, 1, 4},
           // a opens; b locks, unlinks and closes; a locks what has no name
           // any more, and one of them creates it anew.
           {'b', {1, 1, 1}, 1, 8},
       }) {
    const ModelKernel kernel = WithFaults(LockModel(c.letter, c.cycles));
    const std::vector<Schedule> failing = Failing(kernel, c.cycles, 0);
    ASSERT_FALSE(failing.empty());
    for (const Schedule& schedule : failing) {
      const Minimised result = Minimise(
          schedule, [&](const Schedule& s) { return TwoHold(kernel, s); });
      EXPECT_TRUE(TwoHold(kernel, result.schedule));
      EXPECT_LE(result.schedule.Switches(), c.switches)
          << result.schedule.ToString() << " from " << schedule.ToString();
      EXPECT_LE(result.schedule.steps.size(), c.steps)
          << result.schedule.ToString() << " from " << schedule.ToString();
      EXPECT_LT(result.executions, 300);
    }
  }
}

TEST(Minimise, LeavesOutFaultsThatTheFailureDoesNotNeed) {
  const std::vector<int> cycles = {2, 2};
  const ModelKernel kernel = WithFaults(LockModel('c', cycles));
  int with_faults = 0;
  for (const Schedule& schedule : Failing(kernel, cycles, 2)) {
    const auto faulty = [](const Step& s) {
      return s.kind != Step::Kind::kRun;
    };
    with_faults +=
        std::any_of(schedule.steps.begin(), schedule.steps.end(), faulty);
    const Minimised result = Minimise(
        schedule, [&](const Schedule& s) { return TwoHold(kernel, s); });
    EXPECT_TRUE(std::none_of(result.schedule.steps.begin(),
                             result.schedule.steps.end(), faulty))
        << result.schedule.ToString();
  }
  EXPECT_GT(with_faults, 0);
}

TEST(Minimise, IsDeterministic) {
  const std::vector<int> cycles = {2, 2};
  const ModelKernel kernel = WithFaults(LockModel('b', cycles));
  const auto fails = [&](const Schedule& s) { return TwoHold(kernel, s); };
  for (const Schedule& schedule : Failing(kernel, cycles, 0)) {
    const Minimised first = Minimise(schedule, fails);
    const Minimised second = Minimise(schedule, fails);
    EXPECT_EQ(first.schedule, second.schedule);
    EXPECT_EQ(first.executions, second.executions);
    // And there is no more to do.
    EXPECT_EQ(Minimise(first.schedule, fails).schedule, first.schedule);
  }
}

TEST(Minimise, GivesBackWhatDoesNotFail) {
  Schedule schedule;
  schedule.cycles = {1, 1};
  schedule.steps = {Step{0}, Step{1}, Step{0}};
  const Minimised result =
      Minimise(schedule, [](const Schedule&) { return false; });
  EXPECT_EQ(result.schedule, schedule);
  EXPECT_EQ(result.executions, 1);
}

TEST(Minimise, KeepsToItsBudgetAndAsksNothingTwice) {
  const std::vector<int> cycles = {2, 2};
  const ModelKernel kernel = WithFaults(LockModel('b', cycles));
  const Schedule schedule = Failing(kernel, cycles, 0).front();
  std::vector<std::string> asked;
  const auto fails = [&](const Schedule& s) {
    asked.push_back(s.ToString());
    return TwoHold(kernel, s);
  };
  EXPECT_EQ(Minimise(schedule, fails, 3).executions, 3);
  EXPECT_EQ(asked.size(), 3);
  asked.clear();
  const Minimised result = Minimise(schedule, fails);
  EXPECT_EQ(static_cast<int>(asked.size()), result.executions);
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(std::adjacent_find(asked.begin(), asked.end()), asked.end());
}

}  // namespace
}  // namespace conformance::explorer
