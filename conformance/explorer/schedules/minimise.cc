// The changes that are tried, those that take most away first.

#include "conformance/explorer/schedules/minimise.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {
namespace {

using Steps = std::vector<Step>;

// The steps [begin, end), all of one actor, which it does in a row.
struct Turn {
  size_t begin = 0;
  size_t end = 0;
  int actor = 0;
};

std::vector<Turn> TurnsOf(const Steps& steps) {
  std::vector<Turn> turns;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (turns.empty() || turns.back().actor != steps[i].actor) {
      turns.push_back({i, i, steps[i].actor});
    }
    turns.back().end = i + 1;
  }
  return turns;
}

Steps Without(const Steps& steps, size_t begin, size_t end) {
  Steps rest(steps.begin(), steps.begin() + static_cast<ptrdiff_t>(begin));
  rest.insert(rest.end(), steps.begin() + static_cast<ptrdiff_t>(end),
              steps.end());
  return rest;
}

// With [begin, end) moved to before `to`, which is outside of it.
Steps Moved(const Steps& steps, size_t begin, size_t end, size_t to) {
  Steps moved = steps;
  const auto at = [&](size_t i) {
    return moved.begin() + static_cast<ptrdiff_t>(i);
  };
  if (to < begin) {
    std::rotate(at(to), at(begin), at(end));
  } else {
    std::rotate(at(begin), at(end), at(to));
  }
  return moved;
}

class Minimiser {
 public:
  Minimiser(const Schedule& failing,
            absl::FunctionRef<bool(const Schedule&)> fails, int max_executions)
      : best_(failing), fails_(fails), max_executions_(max_executions) {}

  Minimised Run() && {
    ++executions_;
    tried_.insert(best_.ToString());
    if (fails_(best_)) {
      CutEnd();
      while (WithoutActor() || WithoutFault() || WithoutSwitch()) {
      }
      // Fewer steps may make way for fewer switches.
      while (WithoutSteps() || WithoutSwitch()) {
      }
    }
    return {std::move(best_), executions_};
  }

 private:
  // Takes `steps` for the best if they are better and fail.
  bool Try(Steps steps) {
    Schedule candidate = best_;
    candidate.steps = std::move(steps);
    if (Cost(candidate) >= Cost(best_) || executions_ >= max_executions_ ||
        !tried_.insert(candidate.ToString()).second) {
      return false;
    }
    ++executions_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  static std::tuple<int, int, size_t> Cost(const Schedule& schedule) {
    int faults = 0;
    for (const Step& step : schedule.steps) {
      faults += step.kind != Step::Kind::kRun;
    }
    return {faults, schedule.Switches(), schedule.steps.size()};
  }

  // A schedule that stops at the failure costs one question here.
  void CutEnd() {
    const Steps all = best_.steps;
    if (all.empty() || !Try(Without(all, all.size() - 1, all.size()))) return;
    size_t passes = 0;
    while (passes + 1 < best_.steps.size()) {
      const size_t middle = passes + (best_.steps.size() - passes) / 2;
      if (!Try(Without(all, middle, all.size()))) passes = middle;
    }
  }

  bool WithoutActor() {
    for (size_t actor = 0; actor < best_.cycles.size(); ++actor) {
      Steps rest;
      for (const Step& step : best_.steps) {
        if (step.actor != static_cast<int>(actor)) rest.push_back(step);
      }
      if (Try(std::move(rest))) return true;
    }
    return false;
  }

  bool WithoutFault() {
    for (size_t i = 0; i < best_.steps.size(); ++i) {
      if (best_.steps[i].kind == Step::Kind::kRun) continue;
      Steps plain = best_.steps;
      plain[i] = Step{plain[i].actor};
      if (Try(std::move(plain)) || Try(Without(best_.steps, i, i + 1))) {
        return true;
      }
    }
    return false;
  }

  // Leaves a run out, or lets an actor do at once what it does in two turns.
  bool WithoutSwitch() {
    const std::vector<Turn> turns = TurnsOf(best_.steps);
    for (size_t i = turns.size(); i-- > 0;) {
      if (Try(Without(best_.steps, turns[i].begin, turns[i].end))) return true;
    }
    for (size_t i = 0; i < turns.size(); ++i) {
      for (size_t j = i + 1; j < turns.size(); ++j) {
        if (turns[j].actor != turns[i].actor) continue;
        if (Try(Moved(best_.steps, turns[j].begin, turns[j].end,
                      turns[i].end)) ||
            Try(Moved(best_.steps, turns[i].begin, turns[i].end,
                      turns[j].begin))) {
          return true;
        }
        break;
      }
    }
    return false;
  }

  bool WithoutSteps() {
    for (size_t length = best_.steps.size() / 2; length > 0; length /= 2) {
      for (size_t end = best_.steps.size(); end >= length; --end) {
        if (Try(Without(best_.steps, end - length, end))) return true;
      }
    }
    return false;
  }

  Schedule best_;
  absl::FunctionRef<bool(const Schedule&)> fails_;
  int max_executions_;
  int executions_ = 0;
  std::set<std::string> tried_;
};

}  // namespace

Minimised Minimise(const Schedule& failing,
                   absl::FunctionRef<bool(const Schedule&)> fails,
                   int max_executions) {
  return Minimiser(failing, fails, max_executions).Run();
}

}  // namespace conformance::explorer
