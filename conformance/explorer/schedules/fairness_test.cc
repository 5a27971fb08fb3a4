// Contenders that are held back by others, step by step.

#include "conformance/explorer/schedules/fairness.h"

#include <set>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/scheduler.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

std::vector<ActorState> Enabled(int actors) {
  std::vector<ActorState> states(actors);
  for (int i = 0; i < actors; ++i) {
    states[i].actor = i;
    states[i].enabled = true;
  }
  return states;
}

// Everybody is enabled but those in `blocked`; whoever ran last yielded if
// `yields`.
class Play {
 public:
  explicit Play(int actors, int every = 1)
      : fairness_(every), states_(Enabled(actors)) {
    fairness_.Observe(states_);
  }

  void Run(int actor, bool yields = false, const std::set<int>& blocked = {}) {
    fairness_.Chose(actor);
    for (ActorState& state : states_) {
      state.enabled = blocked.count(state.actor) == 0;
    }
    states_[actor].yielded = yields;
    fairness_.Observe(states_);
  }

  // "ab": those that may be chosen.
  std::string Possible() const {
    std::string possible;
    for (const ActorState& state : states_) {
      if (fairness_.Schedulable(state.actor)) {
        possible += static_cast<char>('a' + state.actor);
      }
    }
    return possible;
  }

  const Fairness& fairness() const { return fairness_; }

 private:
  Fairness fairness_;
  std::vector<ActorState> states_;
};

TEST(Fairness, HoldsNobodyBackWhoDoesNotYield) {
  Play play(2);
  for (int i = 0; i < 100; ++i) play.Run(0);
  EXPECT_EQ(play.Possible(), "ab");
  EXPECT_FALSE(play.fairness().Restricts());
}

TEST(Fairness, HoldsBackWhoYieldsTwiceUntilTheOtherRuns) {
  Play play(2);
  play.Run(0, /*yields=*/true);
  EXPECT_EQ(play.Possible(), "ab");
  play.Run(0, /*yields=*/true);
  EXPECT_EQ(play.Possible(), "b");
  EXPECT_TRUE(play.fairness().Restricts());
  play.Run(1);
  EXPECT_EQ(play.Possible(), "ab");
  EXPECT_FALSE(play.fairness().Restricts());
}

TEST(Fairness, TwoPollersCanNotTakeTurnsForEver) {
  Play play(3);
  for (int i = 0; i < 2; ++i) {
    play.Run(0, /*yields=*/true);
    play.Run(1, /*yields=*/true);
  }
  // Each has seen the other run, so only the third holds them back.
  EXPECT_EQ(play.Possible(), "c");
  play.Run(2);
  EXPECT_EQ(play.Possible(), "abc");
}

TEST(Fairness, NobodyIsHeldBackByWhoIsBlocked) {
  Play play(2);
  play.Run(0, /*yields=*/true, /*blocked=*/{1});
  play.Run(0, /*yields=*/true, /*blocked=*/{1});
  EXPECT_EQ(play.Possible(), "a");
}

TEST(Fairness, WhoDisabledAnotherGivesItItsTurn) {
  Play play(2);
  play.Run(0, /*yields=*/true);
  play.Run(0, /*yields=*/false, /*blocked=*/{1});
  play.Run(0, /*yields=*/true);  // and lets it go on
  EXPECT_EQ(play.Possible(), "b");
}

TEST(Fairness, CountsOnlySomeYieldsIfToldSo) {
  Play play(2, /*every=*/3);
  for (int i = 0; i < 5; ++i) {
    play.Run(0, /*yields=*/true);
    EXPECT_EQ(play.fairness().yielded(), i == 2);
    EXPECT_EQ(play.Possible(), "ab");
  }
  play.Run(0, /*yields=*/true);
  EXPECT_EQ(play.Possible(), "b");
}

TEST(Fairness, BeginsAnew) {
  Fairness fairness;
  std::vector<ActorState> states = Enabled(2);
  fairness.Observe(states);
  states[0].yielded = true;
  for (int i = 0; i < 2; ++i) {
    fairness.Chose(0);
    fairness.Observe(states);
  }
  EXPECT_FALSE(fairness.Schedulable(0));
  fairness.Begin();
  fairness.Observe(states);
  EXPECT_TRUE(fairness.Schedulable(0));
}

}  // namespace
}  // namespace conformance::explorer
