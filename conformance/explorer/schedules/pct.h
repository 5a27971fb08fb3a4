// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and
// Nagarakatte, 2010): a random order of priority, and a few random places where
// the one that is running falls behind everybody.
//
// A bug of depth d, one that shows whenever d events come in a certain order,
// is found in each schedule with a chance of at least 1 / (n k^(d-1)), for n
// contenders and k steps, however unlikely it is for a random walk.
// Depth 1 needs nobody to be stopped, depth 2 one. That two hold a lock has at
// least depth 3 if a contender must be stopped in the middle of a command, and
// another while it holds.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_PCT_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_PCT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/fairness.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

class Pct : public Scheduler {
 public:
  struct Options {
    uint64_t seed = 1;
    int64_t executions = 1000;
    // Runs only the schedules first, first + stride, ... of the seed.
    int64_t first = 0;
    int64_t stride = 1;
    int depth = 3;
    // Among which the places are drawn. 0: as many as the longest schedule so
    // far had, and kFirstSteps for the first.
    int steps = 0;
    int yields = 1;  // see Fairness
  };
  static constexpr int kFirstSteps = 16;

  explicit Pct(const Options& options);

  bool NextSchedule() override;
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override;
  void Executed(const Step& step, const Footprint& footprint) override;
  void Finished(bool complete) override;
  std::string Describe() const override;

 private:
  Options options_;
  Fairness fairness_;
  std::mt19937_64 random_;
  // The greatest goes first. Those at the start are above all that are given
  // at change points.
  std::array<int, Schedule::kMaxContenders> priority_;
  std::vector<int> changes_;  // step numbers; the i-th gives priority i
  int64_t executions_ = 0;
  int step_ = 0;
  bool running_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_PCT_H_
