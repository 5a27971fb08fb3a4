// How a sequence is compared with what is planned already.

#include "conformance/explorer/schedules/wakeup_tree.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

std::optional<size_t> PositionOfInitial(
    const std::vector<PlannedStep>& sequence, const Step& step,
    const Footprint* footprint) {
  for (size_t i = 0; i < sequence.size(); ++i) {
    const PlannedStep& planned = sequence[i];
    if (planned.step.actor != step.actor) continue;
    if (planned.step != step) return std::nullopt;
    if (i == 0) return i;
    const Footprint* touched = footprint != nullptr ? footprint
                               : planned.footprint.has_value()
                                   ? &*planned.footprint
                                   : nullptr;
    if (touched == nullptr) return std::nullopt;
    for (size_t j = 0; j < i; ++j) {
      if (!sequence[j].footprint.has_value() ||
          Conflict(*sequence[j].footprint, *touched)) {
        return std::nullopt;
      }
    }
    return i;
  }
  return std::nullopt;
}

bool IsIndependent(const std::vector<PlannedStep>& sequence, int actor,
                   const Footprint& footprint) {
  return std::all_of(
      sequence.begin(), sequence.end(), [&](const PlannedStep& planned) {
        return planned.step.actor != actor && planned.footprint.has_value() &&
               !Conflict(*planned.footprint, footprint);
      });
}

void InsertSequence(std::vector<Wakeup>& branches, size_t first,
                    std::vector<PlannedStep> sequence, bool plain_only,
                    bool whole) {
  std::vector<Wakeup>* level = &branches;
  while (!sequence.empty()) {
    Wakeup* next = nullptr;
    for (size_t i = first; i < level->size() && next == nullptr; ++i) {
      Wakeup& branch = (*level)[i];
      const Footprint* footprint = branch.planned.footprint.has_value()
                                       ? &*branch.planned.footprint
                                       : nullptr;
      const std::optional<size_t> position =
          PositionOfInitial(sequence, branch.planned.step, footprint);
      if (position.has_value()) {
        sequence.erase(sequence.begin() +
                       static_cast<std::ptrdiff_t>(*position));
        next = &branch;
      } else if (footprint != nullptr && plain_only &&
                 branch.planned.step.kind == Step::Kind::kRun &&
                 IsIndependent(sequence, branch.planned.step.actor,
                               *footprint)) {
        next = &branch;
      }
    }
    if (next == nullptr) {
      for (PlannedStep& planned : sequence) {
        level->push_back(Wakeup{std::move(planned), whole, {}});
        level = &level->back().then;
      }
      return;
    }
    level = &next->then;
    first = 0;
  }
}

}  // namespace conformance::explorer
