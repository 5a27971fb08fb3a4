// The steps that are still to be explored from a node of a search, as a tree:
// wake-up trees of optimal dynamic partial-order reduction (Abdulla, Aronis,
// Jonsson and Sagonas, "Source sets", JACM 2017, section 6). Pure.
//
// A step alone would not do: where it is run first, and then whatever comes,
// the execution may end where everybody sleeps, having shown nothing. The
// sequence that reverses a race leads to something new.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_WAKEUP_TREE_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_WAKEUP_TREE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

// A step that is to be run, with its footprint if that is known: it is where
// the step was run before after equivalent steps.
struct PlannedStep {
  Step step;
  std::optional<Footprint> footprint;
  // Faults that were explored in the place of this step where it was run
  // before. They needn't be here, too: where they race they are reversed as
  // steps are.
  std::vector<Step> faults;
};

// A step, and what is to come after it: all of these, in this order, or
// anything if there are none.
struct Wakeup {
  PlannedStep planned;
  // It was seen to lead to an execution that ends: where somebody sleeps after
  // it, what comes is equivalent to something that begins with the sleeper's
  // step.
  bool whole = false;
  std::vector<Wakeup> then;
};

// The position in `sequence` of a step that could as well be its first, since
// nothing before it conflicts with it; nothing where that isn't certain.
// `footprint`: of that step as the first one.
std::optional<size_t> PositionOfInitial(
    const std::vector<PlannedStep>& sequence, const Step& step,
    const Footprint* footprint);

// Whether no step of the actor is in `sequence`, and none in it conflicts with
// this footprint. False where that isn't certain.
bool IsIndependent(const std::vector<PlannedStep>& sequence, int actor,
                   const Footprint& footprint);

// Adds a sequence behind those branches that have their turn before it, unless
// one of those from `first` on leads to an equivalent execution. `plain_only`:
// no actor's step may be replaced by a fault.
void InsertSequence(std::vector<Wakeup>& branches, size_t first,
                    std::vector<PlannedStep> sequence, bool plain_only,
                    bool whole);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_WAKEUP_TREE_H_
