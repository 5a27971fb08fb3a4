// Depth-first search of all schedules, by running each from the start: what
// the exhaustive and the preemption-bounded scheduler have in common.
//
// Nothing is kept but the path to the present schedule (Godefroid, 1996:
// stateless search). Each node of it knows which of its steps have been
// explored; the next execution repeats the path and turns off at the deepest
// node that has another step.
//
// Sleep sets (Godefroid, 1996): once all that begins with step t has been
// explored, t sleeps in the explorations of its siblings until a step is
// executed that conflicts with it; as long as it sleeps, what begins with it is
// equivalent to something seen. Every trace is then run to its end exactly
// once; an execution where everybody sleeps is given up. It needs the footprint
// of a step that isn't executed, which here is only known from results. But a
// sleeping step has been executed from this very node, or one from which only
// steps that don't conflict with it lead here, so its footprint is the same.
// Only enabled steps sleep, so that an unlock and the blocking lock that it
// lets through need no care: they are never both possible.
//
// Several can share one search: each walks the same tree and asks, whenever it
// comes to a certain depth, whether what lies there is its own. A part that
// isn't counts as searched, so sleep sets are the same as if one had done it
// all.
//
// Fairness knows who had how many steps, and so is changed by exchanges that
// nobody else would notice. Hence nobody sleeps past a step that yields, nor
// while anybody is held back.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_TREE_SEARCH_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_TREE_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/fairness.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

class TreeSearch : public Scheduler {
 public:
  static constexpr int kNoBound = std::numeric_limits<int>::max();

  struct Options {
    bool sleep_sets = true;  // unsound with a bound on preemptions
    int max_preemptions = kNoBound;
    int max_faults = 0;          // in one schedule, of those actors offer
    int64_t max_executions = 0;  // 0: until all is searched
    int yields = 1;              // see Fairness
    // Whether the part of the tree with this number, counted from 0 in the
    // order of the search, is to be searched here. Each part is asked for once,
    // by every search that shares. Empty: all of it is.
    std::function<bool(int64_t part)> mine;
  };
  // Parts begin at this depth, or are a schedule that is shorter.
  static constexpr size_t kPartDepth = 3;

  bool NextSchedule() override;
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override;
  void Executed(const Step& step, const Footprint& footprint) override;
  void Finished(bool complete) override;
  std::string Describe() const override;

  // Of the execution that has just finished: its part, and whether that is
  // another's.
  int64_t part() const { return parts_ - 1; }
  bool elsewhere() const { return elsewhere_; }

 protected:
  explicit TreeSearch(const Options& options);

 private:
  // A step that need not be explored from a node.
  struct Sleeper {
    Step step;
    Footprint footprint;
    bool yields = false;
  };

  struct Node {
    std::vector<ActorState> actors;  // to notice when a repetition differs
    std::vector<Step> steps;         // to be explored, in this order
    size_t next = 0;                 // the one that is being explored
    std::vector<Sleeper> sleep;
    int last = -1;        // whose step led here
    int preemptions = 0;  // on the way here
    int faults = 0;
    bool restricted = false;  // by fairness
    // Of steps[next], once it has been executed:
    bool executed = false;
    bool yields = true;  // until it is known
    Footprint footprint;
  };

  std::optional<Node> MakeNode(const std::vector<ActorState>& actors) const;
  bool Advance();
  void Diverge(absl::string_view how);
  void UpdateRemaining();
  bool NextPartIsMine();

  Options options_;
  Fairness fairness_;
  std::vector<Node> path_;
  size_t depth_ = 0;  // steps of this execution
  int last_ = -1;     // the actor of the last step
  bool begun_ = false;
  bool running_ = false;  // between NextSchedule and Finished
  bool over_ = false;
  bool pruned_ = false;
  bool diverged_ = false;
  bool elsewhere_ = false;   // it is another's part
  bool again_ = false;       // the same path is to be repeated
  bool incomplete_ = false;  // a part of the tree was given up
  int repetitions_ = 0;      // of this path
  int64_t executions_ = 0;
  int64_t parts_ = 0;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_TREE_SEARCH_H_
