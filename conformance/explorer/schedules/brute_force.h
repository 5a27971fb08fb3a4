// The truth about small programs by brute force, and what is wrong with what a
// search has found of them. It copies the model's state, and knows no
// scheduler.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_BRUTE_FORCE_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_BRUTE_FORCE_H_

#include <map>
#include <set>
#include <string>

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

// All that a program can do. A class is an equivalence class of schedules, by
// its normal form.
struct Truth {
  std::set<std::string> schedules;
  std::map<int, std::set<std::string>> by_preemptions;
  std::map<std::string, std::string> outcome_of_class;
  std::set<std::string> outcomes;
  bool consistent = true;  // equivalent schedules have the same outcome
  bool deadlock = false;
  bool fault_while_waiting = false;
};

// `faults`: how many an execution may have.
Truth BruteForce(const ModelKernel& start, int faults = 0);

// The complete executions of a search.
struct Found {
  std::multiset<std::string> schedules;
  std::multiset<std::string> classes;
  std::set<std::string> outcomes;
  int max_holders = 0;
  bool deadlock = false;
};

Found Search(Scheduler& scheduler, const ModelKernel& start,
             int max_steps = 1000);

// The fault of the schedules that a search with sleep sets ran; empty if
// nothing is.
std::string CompareClasses(const Truth& truth, const Found& found);

// The fault of those of a search with a bound.
std::string CompareBounded(const Truth& truth, int bound, const Found& found);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_BRUTE_FORCE_H_
