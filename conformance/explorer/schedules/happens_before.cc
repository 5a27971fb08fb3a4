// Vector clocks (Mattern, 1988; Fidge, 1988).

#include "conformance/explorer/schedules/happens_before.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"

namespace conformance::explorer {

void HappensBefore::Shorten(size_t steps) {
  if (steps < events_.size()) events_.resize(steps);
}

std::vector<size_t> HappensBefore::Add(int actor, Effect effect) {
  Event event;
  event.actor = actor;
  std::vector<size_t> races = Races(actor, effect, event.clock);
  event.clock[actor] = events_.size() + 1;
  event.effect = std::move(effect);
  events_.push_back(std::move(event));
  return races;
}

std::vector<size_t> HappensBefore::RacesOf(int actor,
                                           const Effect& effect) const {
  Clock clock;
  return Races(actor, effect, clock);
}

bool HappensBefore::IsBefore(size_t earlier, size_t later) const {
  return events_[later].clock[events_[earlier].actor] > earlier;
}

std::vector<size_t> HappensBefore::NotAfter(size_t step, size_t end) const {
  std::vector<size_t> positions;
  for (size_t i = step + 1; i < end; ++i) {
    if (!IsBefore(step, i)) positions.push_back(i);
  }
  return positions;
}

size_t HappensBefore::LastOf(int actor) const {
  for (size_t i = events_.size(); i > 0; --i) {
    if (events_[i - 1].actor == actor) return i;
  }
  return 0;
}

// `clock`: becomes that of the step.
std::vector<size_t> HappensBefore::Races(int actor, const Effect& effect,
                                         Clock& clock) const {
  clock = {};
  if (const size_t last = LastOf(actor)) clock = events_[last - 1].clock;
  std::vector<size_t> races;
  for (size_t i = events_.size(); i > 0; --i) {
    const Event& event = events_[i - 1];
    if (clock[event.actor] >= i) continue;
    if (!effect.orders_all && !event.effect.orders_all &&
        !Conflict(effect.footprint, event.effect.footprint)) {
      continue;
    }
    races.push_back(i - 1);
    for (size_t a = 0; a < clock.size(); ++a) {
      clock[a] = std::max(clock[a], event.clock[a]);
    }
  }
  return races;
}

}  // namespace conformance::explorer
