// The bookkeeping of the fair scheduler, in the paper's order.

#include "conformance/explorer/schedules/fairness.h"

#include <algorithm>
#include <vector>

#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

Fairness::Fairness(int every) : every_(std::max(every, 1)) { Begin(); }

void Fairness::Begin() {
  last_ = -1;
  yielded_ = false;
  enabled_ = 0;
  held_by_.fill(0);
  enabled_since_.fill(0);
  // So that a first yield holds nobody back: nothing is known yet.
  disabled_since_.fill(kAll);
  scheduled_since_.fill(kAll);
  yields_.fill(0);
}

void Fairness::Observe(const std::vector<ActorState>& actors) {
  Actors enabled = 0;
  bool last_yielded = false;
  for (const ActorState& state : actors) {
    if (state.enabled) enabled |= Actors{1} << state.actor;
    if (state.actor == last_) last_yielded = state.yielded;
  }
  yielded_ = false;
  if (last_ >= 0) {
    const Actors last = Actors{1} << last_;
    for (Actors& held_by : held_by_) held_by &= ~last;
    for (Actors& since : enabled_since_) since &= enabled;
    disabled_since_[last_] |= enabled_ & ~enabled;
    for (Actors& since : scheduled_since_) since |= last;
    if (last_yielded && ++yields_[last_] % every_ == 0) {
      yielded_ = true;
      held_by_[last_] |= (enabled_since_[last_] | disabled_since_[last_]) &
                         ~scheduled_since_[last_];
      enabled_since_[last_] = enabled;
      disabled_since_[last_] = 0;
      scheduled_since_[last_] = 0;
    }
  }
  enabled_ = enabled;
  last_ = -1;
}

bool Fairness::Schedulable(int actor) const {
  return (enabled_ >> actor & 1) != 0 && (held_by_[actor] & enabled_) == 0;
}

bool Fairness::Restricts() const {
  return std::any_of(held_by_.begin(), held_by_.end(),
                     [](Actors held_by) { return held_by != 0; });
}

}  // namespace conformance::explorer
