// Makes a schedule that shows a failure as simple as it can: first the fewest
// faults and preemptions, then the fewest steps.
//
// Deterministic. The result can't be made simpler by any one of the changes
// that are tried; a wholly different schedule may still be simpler. (A search
// with preemption bounds 0, 1, 2... finds the fewest preemptions for certain.)

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_MINIMISE_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_MINIMISE_H_

#include "absl/functional/function_ref.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

struct Minimised {
  Schedule schedule;
  int executions = 0;  // how often the predicate was asked
};

// `fails`: whether a replay of the schedule, to its last step and no further,
// shows the failure. One that diverges doesn't. A schedule that fails must
// go on failing when steps are added at its end. If `failing` itself doesn't
// fail, it is the result. Preemptions are counted by Schedule::Switches().
//
// `max_executions` bounds the asking; the best so far is the result then.
Minimised Minimise(const Schedule& failing,
                   absl::FunctionRef<bool(const Schedule&)> fails,
                   int max_executions = 1000);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_MINIMISE_H_
