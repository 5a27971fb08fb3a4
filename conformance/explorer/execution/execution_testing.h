// Executions by schedules made by hand, and by all there are, for tests.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_TESTING_H_
#define CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_TESTING_H_

#include <errno.h>
#include <sys/wait.h>

#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/execution/execution.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/monotonic_now.h"
#include "conformance/testing/temp_folder.h"
#include "gtest/gtest.h"

namespace conformance::explorer {

// Steps of a and b, by their letters; then the first who can, and whoever has
// yielded only if nobody else can.
class ByHand {
 public:
  explicit ByHand(absl::string_view letters) {
    for (const char c : letters) {
      Step step;
      step.actor = c - 'a';
      steps_.push_back(step);
    }
  }
  explicit ByHand(std::vector<Step> steps) : steps_(std::move(steps)) {}

  std::optional<Step> operator()(const std::vector<ActorState>& states) {
    if (next_ < steps_.size()) return steps_[next_++];
    for (const bool also_yielded : {false, true}) {
      for (const ActorState& state : states) {
        if (!state.enabled || (state.yielded && !also_yielded)) continue;
        Step step;
        step.actor = state.actor;
        return step;
      }
    }
    return std::nullopt;
  }

 private:
  std::vector<Step> steps_;
  size_t next_ = 0;
};

// Every schedule, without any reduction.
class All {
 public:
  bool Next() {
    if (first_) {
      first_ = false;
      return true;
    }
    while (!path_.empty() && path_.back().at + 1 == path_.back().steps.size()) {
      path_.pop_back();
    }
    if (path_.empty()) return false;
    ++path_.back().at;
    depth_ = 0;
    return true;
  }
  std::optional<Step> Choose(const std::vector<ActorState>& states) {
    if (depth_ == path_.size()) {
      Choice choice;
      for (const ActorState& state : states) {
        if (!state.enabled) continue;
        Step step;
        step.actor = state.actor;
        choice.steps.push_back(step);
        // At most one of them in an execution.
        bool quiet = true;
        for (const Choice& before : path_) {
          quiet &= before.steps[before.at].kind == Step::Kind::kRun;
        }
        if (!quiet) continue;
        for (const Step& fault : state.faults) choice.steps.push_back(fault);
      }
      path_.push_back(choice);
    }
    const Choice& choice = path_[depth_++];
    return choice.steps[choice.at];
  }

 private:
  struct Choice {
    std::vector<Step> steps;
    size_t at = 0;
  };
  bool first_ = true;
  size_t depth_ = 0;
  std::vector<Choice> path_;
};

struct Count {
  int schedules = 0;
  int steps = 0;
  std::map<Violation, int> violations;
  std::string first;  // timeline of a violation
};

class ExecutionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.tracing.directory = folder_.path();
    states_ = InitialStates("lock");
  }

  void TearDown() override {
    execution_.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    EXPECT_TRUE(ResetFolder(options_.tracing.directory, {}).ok());
  }

  void Create(const ContenderSource& source, const std::vector<int>& cycles) {
    execution_.reset();
    options_.source = source;
    options_.cycles = cycles;
    absl::StatusOr<std::unique_ptr<Execution>> execution =
        Execution::Create(options_);
    ASSERT_TRUE(execution.ok()) << execution.status();
    execution_ = *std::move(execution);
  }

  // One that isn't broken off.
  ExecutionOutcome Run(ByHand schedule, int initial = 0) {
    ExecutionOutcome outcome = RunToAnyEnd(std::move(schedule), initial);
    EXPECT_EQ(outcome.stopped, Stopped::kNot) << outcome.message;
    return outcome;
  }

  Stopped HowItStops(ByHand schedule) {
    return RunToAnyEnd(std::move(schedule), 0).stopped;
  }

  ExecutionOutcome RunToAnyEnd(ByHand schedule, int initial) {
    if (execution_ == nullptr)
      return ExecutionOutcome();  // that has failed already
    absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
        states_[static_cast<size_t>(initial)],
        [&](const std::vector<ActorState>& states) { return schedule(states); },
        [](const Step& /*step*/, const Footprint& /*footprint*/) {});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? *std::move(outcome) : ExecutionOutcome();
  }

  Count RunAll(int initial = 0) {
    Count count;
    All all;
    const absl::Duration start = MonotonicNow();
    while (all.Next()) {
      const absl::StatusOr<ExecutionOutcome> outcome = execution_->Run(
          states_[static_cast<size_t>(initial)],
          [&](const std::vector<ActorState>& states) {
            return all.Choose(states);
          },
          [](const Step& /*step*/, const Footprint& /*footprint*/) {});
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      if (!outcome.ok()) break;
      EXPECT_EQ(outcome->stopped, Stopped::kNot) << outcome->message;
      if (outcome->stopped != Stopped::kNot) break;
      ++count.schedules;
      count.steps += outcome->steps;
      if (outcome->violation == Violation::kNone) continue;
      ++count.violations[outcome->violation];
      if (count.first.empty()) count.first = execution_->Format(*outcome);
    }
    const double seconds = absl::ToDoubleSeconds(MonotonicNow() - start);
    std::printf("%d schedules, %.0f a second; %.0f steps a second; %d starts\n",
                count.schedules, count.schedules / seconds,
                count.steps / seconds, static_cast<int>(execution_->starts()));
    return count;
  }

  const TempFolder folder_;
  ExecutionOptions options_;
  std::vector<InitialState> states_;
  std::unique_ptr<Execution> execution_;
};

inline Step Fault(int actor, Step::Kind kind, int error = 0, int partial = -1) {
  Step step;
  step.actor = actor;
  step.kind = kind;
  step.error = error;
  step.partial = partial;
  return step;
}

inline Step Plain(int actor) { return Fault(actor, Step::Kind::kRun); }

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_EXECUTION_TESTING_H_
