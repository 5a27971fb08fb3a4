// Plays one schedule once more, and says when that isn't possible.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_REPLAY_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_REPLAY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/fairness.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

// One execution. It has diverged (divergence(), statistics().diverged) if a
// step's actor is blocked, has finished or doesn't exist, or if nobody is
// enabled while steps are left: this is another implementation, another version
// of it, or one that isn't deterministic. statistics().exhausted: it was played
// to the schedule's end.
class Replay : public Scheduler {
 public:
  enum class Then {
    kStop,  // the execution is abandoned after the schedule's last step
    kGoOn,  // and runs on without preemption
    // The same, of a contender that has changed: it diverges, too, but what
    // isn't possible any more is left out, and a step whose fault isn't is made
    // without it.
    kAdapt,
  };

  explicit Replay(Schedule schedule, Then then = Then::kStop);

  bool NextSchedule() override;
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override;
  void Executed(const Step& step, const Footprint& footprint) override;
  void Finished(bool complete) override;
  std::string Describe() const override;

 private:
  std::optional<Step> Chosen(const Step& step);

  Schedule schedule_;
  Then then_;
  Fairness fairness_;
  size_t next_ = 0;
  int last_ = -1;
  bool begun_ = false;
  bool running_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_REPLAY_H_
