// The happens-before relation of an execution's steps: a step is before a later
// one if they are one actor's, or conflict, or others between them lead from
// one to the other. Pure.
//
// Steps that it doesn't order can change places without anybody noticing. Two
// steps of different actors race if they conflict and nothing else orders them:
// to run the second one first gives an execution of another class (Flanagan and
// Godefroid, "Dynamic partial-order reduction for model checking software",
// POPL 2005).

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_HAPPENS_BEFORE_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_HAPPENS_BEFORE_H_

#include <array>
#include <cstddef>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

class HappensBefore {
 public:
  // The effect of a step orders it with those that conflict, or with all.
  struct Effect {
    Footprint footprint;
    bool orders_all = false;  // it conflicts with every step
  };

  size_t size() const { return events_.size(); }
  // Forgets all steps but the first `steps`.
  void Shorten(size_t steps);

  // Adds the next step. Returns the earlier ones that it races with, the latest
  // first.
  std::vector<size_t> Add(int actor, Effect effect);

  // The same of a step that is not added, such as one that can't go on.
  std::vector<size_t> RacesOf(int actor, const Effect& effect) const;

  // Of two positions, the first one smaller.
  bool IsBefore(size_t earlier, size_t later) const;

  // The positions after `step` and below `end` of what doesn't depend on it.
  std::vector<size_t> NotAfter(size_t step, size_t end) const;

  // The last step of the actor is at this position plus one; 0 if there is
  // none.
  size_t LastOf(int actor) const;

 private:
  // For each actor, its steps that are before or at a step: their last position
  // plus one.
  using Clock = std::array<size_t, Schedule::kMaxContenders>;

  struct Event {
    int actor = 0;
    Effect effect;
    Clock clock = {};
  };

  std::vector<size_t> Races(int actor, const Effect& effect,
                            Clock& clock) const;

  std::vector<Event> events_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_HAPPENS_BEFORE_H_
