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
// Optimal reduction (Abdulla, Aronis, Jonsson, Sagonas: "Source sets", JACM
// 2017) spares most of those that are given up: a node has one step at first,
// and others only for a reason. When an execution has come to its end, each of
// its races is reversed: the steps that don't depend on the first of the two,
// then the second, are planned as a sequence to be explored where the first one
// was run (wakeup_tree.h), unless what sleeps there, or is planned already,
// leads to the same. It differs from the paper where kernels do:
// - Whether a step conflicts is known of those that were executed. Of a planned
//   step that has never been executed at that place nothing is known; so a
//   sequence is planned where that isn't certain to be in vain, and given up
//   after its last step where somebody sleeps still.
// - A step that can't go on is taken for one that looks at what blocks it, and
//   so races with what brought that about. A planned step that has to wait is
//   given up there.
// - Faults are other outcomes of the same step. They are explored where a step
//   is a free choice or has come first by a reversed race, and come earlier
//   where they race. An actor is asleep only if all that may come of its step
//   is.
// - An execution that is broken off, by a violation, says nothing of what would
//   have come: each actor's next step may race with anything.
// With two faults in one schedule, it would miss some: there it is sleep sets.
//
// Several can share one search: each walks the same tree and asks, whenever it
// comes to a certain depth, whether what lies there is its own. A part that
// isn't counts as searched, so sleep sets are the same as if one had done it
// all. The sequences that the races in a part would plan above it are not known
// to others, so up there all steps have their turn from the start.
//
// Fairness knows who had how many steps, and so is changed by exchanges that
// nobody else would notice. Hence nobody sleeps past a step that yields, nor
// while anybody is held back, and all steps have their turn there.

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
#include "conformance/explorer/schedules/happens_before.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/wakeup_tree.h"

namespace conformance::explorer {

class TreeSearch : public Scheduler {
 public:
  static constexpr int kNoBound = std::numeric_limits<int>::max();
  static constexpr size_t kPartDepth = 3;  // enough parts for some processes

  enum class Reduction {
    kNone,
    kSleepSets,  // unsound with a bound on preemptions, as the next one
    kOptimal,
  };

  struct Options {
    Reduction reduction = Reduction::kOptimal;
    int max_preemptions = kNoBound;
    int max_faults = 0;          // in one schedule, of those actors offer
    int64_t max_executions = 0;  // 0: until all is searched
    int yields = 1;              // see Fairness
    // Whether the part of the tree with this number, counted from 0 in the
    // order of the search, is to be searched here. Each part is asked for once,
    // by every search that shares. Empty: all of it is.
    std::function<bool(int64_t part)> mine;
    // Parts begin at this depth, or are a schedule that is shorter.
    size_t part_depth = kPartDepth;
  };

  bool NextSchedule() override;
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override;
  void Executed(const Step& step, const Footprint& footprint) override;
  void NobodyEnabled(const std::vector<ActorState>& actors) override;
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
    // Its node was full, so that no races of what began with it were reversed
    // there.
    bool of_full = false;
  };

  struct Node {
    std::vector<ActorState> actors;  // to notice when a repetition differs
    std::vector<Wakeup> branches;    // to be explored, in this order
    size_t next = 0;                 // the one that is being explored
    std::vector<Sleeper> sleep;
    int last = -1;        // whose step led here
    int preemptions = 0;  // on the way here
    int faults = 0;
    bool restricted = false;  // by fairness
    // All that can be done here has a branch, or sleeps.
    bool full = false;
    // Of the branch, once its step has been executed:
    bool executed = false;
    bool settled = false;       // its races are known
    std::vector<size_t> races;  // positions of earlier steps
    bool yields = true;         // until it is known
    Footprint footprint;

    const Step& step() const { return branches[next].planned.step; }
  };

  // A step that waits after the first `at` steps, and a position of one that it
  // races with.
  struct Waiting {
    size_t race = 0;
    size_t at = 0;
    int actor = 0;
    std::vector<Step> faults;  // as PlannedStep's
  };

  std::optional<Node> MakeNode(const std::vector<ActorState>& actors);
  void OfferAll(Node& node) const;
  bool Sleeps(const Node& node, const Step& step) const;
  bool Advance();
  void Settle();
  void NoticeWaiting(const std::vector<ActorState>& actors);
  void NoticeUnknown();
  void ReverseRaces();
  void PlanFaultsAt(size_t at);
  bool CantComeBefore(size_t race, size_t at, const Step& step) const;
  void Reverse(size_t race, size_t at, const Step& step,
               const std::vector<Step>* faults);
  bool IsAsleep(const Node& node, bool plain_only,
                const std::vector<PlannedStep>* sequence) const;
  void Plan(size_t at, const std::vector<size_t>& before, PlannedStep step);
  void Diverge(absl::string_view how);
  void UpdateRemaining();
  bool NextPartIsMine();

  Options options_;
  Fairness fairness_;
  std::vector<Node> path_;
  HappensBefore order_;           // of the settled steps of the path
  std::vector<Waiting> waiting_;  // in the order of `at`
  size_t depth_ = 0;              // steps of this execution
  int last_ = -1;                 // the actor of the last step
  bool begun_ = false;
  bool running_ = false;  // between NextSchedule and Finished
  bool over_ = false;
  bool pruned_ = false;
  bool covered_ = false;  // pruned, and of no interest for its races
  bool at_rest_ = false;  // nobody is enabled
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
