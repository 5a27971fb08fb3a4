// A schedule is played as it is, and what can't be played is said.

#include "conformance/explorer/schedules/replay.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/schedule.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

ModelKernel Locks(char letter) {
  return ModelKernel({LockProgram(letter, 1), LockProgram(letter, 1)});
}

Schedule Of(absl::string_view steps) {
  return Schedule::Parse(
             absl::StrCat("v1 contenders=3 cycles=1,1,1 initial=empty steps=",
                          steps))
      .value();
}

ModelExecution Play(Replay& replay, const ModelKernel& kernel) {
  ModelExecution played;
  RunAll(replay, kernel, [&](const ModelExecution& e) { played = e; });
  return played;
}

TEST(Replay, OfWhatASearchRanIsTheSame) {
  DepthFirst search;
  int compared = 0;
  RunAll(search, Locks('b'), [&](const ModelExecution& e) {
    if (!e.complete) return;
    Schedule schedule;
    schedule.cycles = {1, 1};
    schedule.steps = e.steps;
    Replay replay(schedule);
    const ModelExecution again = Play(replay, Locks('b'));
    EXPECT_EQ(again.outcome, e.outcome);
    EXPECT_EQ(again.footprints, e.footprints);
    EXPECT_EQ(replay.divergence(), "");
    EXPECT_TRUE(replay.statistics().exhausted);
    ++compared;
  });
  EXPECT_GT(compared, 5);
}

TEST(Replay, RunsOnce) {
  Replay replay(Of("a"));
  EXPECT_TRUE(replay.NextSchedule());
  replay.Finished(false);
  EXPECT_FALSE(replay.NextSchedule());
}

TEST(Replay, StopsAtItsEndOrGoesOn) {
  Replay stops(Of("a b"));
  EXPECT_FALSE(Play(stops, Locks('a')).complete);
  EXPECT_TRUE(stops.statistics().exhausted);
  EXPECT_EQ(stops.statistics().steps, 2);

  Replay goes_on(Of("a b"), Replay::Then::kGoOn);
  const ModelExecution e = Play(goes_on, Locks('a'));
  EXPECT_TRUE(e.complete);
  EXPECT_EQ(e.preemptions, 1);  // that of the schedule
}

TEST(Replay, OfAChangedContenderLeavesOutWhatIsImpossible) {
  // More steps of a than it has, one of nobody, and a fault that none offers.
  Schedule schedule = Of("a b9 c a?EIO b");
  Replay replay(schedule, Replay::Then::kAdapt);
  const ModelExecution e = Play(replay, Locks('a'));
  EXPECT_TRUE(e.complete);
  EXPECT_THAT(replay.divergence(), HasSubstr("of 13, b, is impossible"));
  EXPECT_TRUE(std::all_of(e.steps.begin(), e.steps.end(), [](const Step& s) {
    return s.kind == Step::Kind::kRun;
  }));
  // It is a schedule of the changed one: played as it is, it is the same.
  schedule.cycles = {1, 1};
  schedule.steps = e.steps;
  Replay again(schedule);
  EXPECT_EQ(Play(again, Locks('a')).footprints, e.footprints);
  EXPECT_EQ(again.divergence(), "");
  // One in which all is possible stays as it is.
  Replay same(schedule, Replay::Then::kAdapt);
  EXPECT_EQ(Play(same, Locks('a')).steps, e.steps);
  EXPECT_EQ(same.divergence(), "");
}

TEST(Replay, SaysWhoIsBlocked) {
  Replay replay(Of("a2 b3"));
  Play(replay, Locks('h'));
  EXPECT_THAT(replay.divergence(),
              HasSubstr("step 4 of 5, b, is impossible: contender b is "
                        "blocked"));
  EXPECT_EQ(replay.statistics().diverged, 1);
  EXPECT_FALSE(replay.statistics().exhausted);
}

TEST(Replay, SaysWhoHasFinishedOrDoesNotExist) {
  Replay finished(Of("a4"));
  Play(finished, Locks('a'));
  EXPECT_THAT(finished.divergence(), HasSubstr("contender a has finished"));
  Replay stranger(Of("c"));
  Play(stranger, Locks('a'));
  EXPECT_THAT(stranger.divergence(), HasSubstr("contender c doesn't exist"));
}

TEST(Replay, SaysThatItEndedTooEarly) {
  Replay replay(Of("a3 b3 a"));
  Play(replay, Locks('a'));
  EXPECT_THAT(replay.divergence(), HasSubstr("nobody can run after step 6"));
}

}  // namespace
}  // namespace conformance::explorer
