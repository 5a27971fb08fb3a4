// Keeps polling contenders from making a search infinite: an actor that has
// yielded waits until the others have had their chance. Pure.
//
// This is the fair scheduler of Musuvathi and Qadeer ("Fair stateless model
// checking", 2008). "The one that yielded isn't chosen next" isn't enough: two
// pollers would take turns for ever while a third never runs. Here an actor
// that has yielded twice is held back by everyone who was enabled in between,
// or whom it disabled, without having had a step; each of them holds it back no
// longer once it runs, or while it can't. An actor that never yields is never
// held back, so without polling every schedule remains possible.
//
// The price: a poller that gives up after n attempts does so only where the
// others take steps meanwhile. `every` softens that.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_FAIRNESS_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_FAIRNESS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

class Fairness {
 public:
  // Only each `every`th yield of an actor counts.
  explicit Fairness(int every = 1);

  // At the start of each execution.
  void Begin();

  // Before each choice; Chose() after it.
  void Observe(const std::vector<ActorState>& actors);
  void Chose(int actor) { last_ = actor; }

  // Whether the actor is enabled and not held back. If any actor is enabled,
  // one is schedulable.
  bool Schedulable(int actor) const;

  // Whether anybody is held back by anybody, enabled or not.
  bool Restricts() const;

  // Whether the last step ended with a yield that counts.
  bool yielded() const { return yielded_; }

 private:
  using Actors = uint32_t;  // one bit each
  static constexpr Actors kAll = ~Actors{0};

  int every_;
  int last_ = -1;
  bool yielded_ = false;
  Actors enabled_ = 0;
  // The first is the paper's relation P; then, since the actor's last yield:
  // who was enabled all the time, whom it disabled, who had a step (E, D, S).
  std::array<Actors, Schedule::kMaxContenders> held_by_;
  std::array<Actors, Schedule::kMaxContenders> enabled_since_;
  std::array<Actors, Schedule::kMaxContenders> disabled_since_;
  std::array<Actors, Schedule::kMaxContenders> scheduled_since_;
  std::array<int, Schedule::kMaxContenders> yields_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_FAIRNESS_H_
