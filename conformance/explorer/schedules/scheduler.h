// The interface of every way of choosing which actor is next. Pure: a
// scheduler only sees what it is told by its caller, which runs the steps.
//
//   while (scheduler.NextSchedule()) {
//     start the contenders anew;
//     bool complete = true;
//     while (somebody is enabled) {
//       std::optional<Step> step = scheduler.Choose(actors);
//       if (!step.has_value()) { complete = false; break; }
//       Footprint footprint = run(*step);
//       scheduler.Executed(*step, footprint);
//     }
//     if (complete) scheduler.NobodyEnabled(actors);
//     scheduler.Finished(complete);
//   }
//
// The caller must be deterministic: after the same steps, the same actors, the
// same footprints. A scheduler that notices otherwise says so
// (divergence()). It may give an execution up at any time by
// Finished(false), as it would for one that is too long.
//
// Not safe for use by several threads. Knows nothing of processes.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULER_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

// How one actor stands before a step.
struct ActorState {
  int actor = 0;
  bool enabled = false;   // it has a next step, which wouldn't block
  bool finished = false;  // it has no next step, ever: done, or dead
  // Its last step ended with asking to sleep or to yield, so there is no use
  // in running it again before others have done something.
  bool yielded = false;
  // It has answered its last command, and its next step begins another: to
  // leave it now takes nothing from it.
  bool idle = false;
  // Faults that its next step might have instead of plain running, for this
  // call and this actor: crashes, errors, short writes. An actor that waits
  // can be killed and interrupted, so one that isn't enabled may have some.
  // One that is possible only while it is enabled has a footprint that reads
  // what would block it.
  std::vector<Step> faults;
  // The objects that make it wait, as reads, if it isn't enabled because of a
  // call that would block; empty where they aren't known.
  Footprint waits_for;

  friend bool operator==(const ActorState& a, const ActorState& b) {
    return a.actor == b.actor && a.enabled == b.enabled &&
           a.finished == b.finished && a.yielded == b.yielded &&
           a.idle == b.idle && a.faults == b.faults &&
           a.waits_for == b.waits_for;
  }
  friend bool operator!=(const ActorState& a, const ActorState& b) {
    return !(a == b);
  }
};

// nullptr: there is no such one.
inline const ActorState* FindActor(const std::vector<ActorState>& actors,
                                   int actor) {
  for (const ActorState& state : actors) {
    if (state.actor == actor) return &state;
  }
  return nullptr;
}

struct Statistics {
  int64_t schedules = 0;  // that ran to their end
  int64_t pruned = 0;     // given up: equivalent to one that has been run
  int64_t abandoned = 0;  // given up by the caller
  int64_t diverged = 0;   // given up: not what the same steps did before
  int64_t steps = 0;      // of all of them
  int64_t parts = 0;      // of the tree that were met, whoever's they are
  int max_depth = 0;      // steps of the longest
  // Every schedule in the scheduler's scope, or its equivalent, was run to its
  // end. Never true of random ones.
  bool exhausted = false;
  // How many schedules are left, judged by the tree searched so far as if the
  // rest of it were alike (Knuth, 1975): of use only as an order of magnitude.
  // Negative: unknown.
  double remaining = -1;
};

class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  // Begins another execution. False: the search is complete, or the budget is
  // used up.
  virtual bool NextSchedule() = 0;

  // The next step, of an actor that is enabled, or a fault of one that waits.
  // Not asked when nobody is enabled: that is the end. Nothing: abandon this
  // execution by Finished(false); it would be equivalent to an earlier one, or
  // it has diverged.
  virtual std::optional<Step> Choose(const std::vector<ActorState>& actors) = 0;

  // The footprint of the step that was chosen, known from its results.
  virtual void Executed(const Step& step, const Footprint& footprint) = 0;

  // How the actors stand where nobody is enabled: they have finished, or wait
  // for each other. Told before Finished(true).
  virtual void NobodyEnabled(const std::vector<ActorState>& /*actors*/) {}

  // Ends the execution. Complete: nobody is enabled any more.
  virtual void Finished(bool complete) = 0;

  // The object of the search, for a report: "every schedule, up to
  // equivalence".
  virtual std::string Describe() const = 0;

  const Statistics& statistics() const { return statistics_; }

  // How the last execution that diverged did so; empty if none has.
  const std::string& divergence() const { return divergence_; }

 protected:
  Statistics statistics_;
  std::string divergence_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_SCHEDULER_H_
