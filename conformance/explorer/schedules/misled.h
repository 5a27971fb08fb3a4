// A broken twin of a scheduler, for tests that must notice.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_MISLED_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_MISLED_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

// A scheduler that is told something else than what happened.
class Misled : public Scheduler {
 public:
  using Lie = std::function<Footprint(Footprint)>;
  using LieOnActors =
      std::function<std::vector<ActorState>(std::vector<ActorState>)>;

  Misled(std::unique_ptr<Scheduler> scheduler, Lie lie,
         LieOnActors lie_on_actors = nullptr)
      : scheduler_(std::move(scheduler)),
        lie_(std::move(lie)),
        lie_on_actors_(std::move(lie_on_actors)) {}

  bool NextSchedule() override { return scheduler_->NextSchedule(); }
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override {
    return scheduler_->Choose(lie_on_actors_ ? lie_on_actors_(actors) : actors);
  }
  void Executed(const Step& step, const Footprint& footprint) override {
    scheduler_->Executed(step, lie_ ? lie_(footprint) : footprint);
  }
  void NobodyEnabled(const std::vector<ActorState>& actors) override {
    scheduler_->NobodyEnabled(lie_on_actors_ ? lie_on_actors_(actors) : actors);
  }
  void Finished(bool complete) override { scheduler_->Finished(complete); }
  std::string Describe() const override { return "a broken twin"; }

 private:
  std::unique_ptr<Scheduler> scheduler_;
  Lie lie_;
  LieOnActors lie_on_actors_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_MISLED_H_
