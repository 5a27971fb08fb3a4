// Lines for people, and the race that they are told of.

#include "conformance/explorer/execution/timeline.h"

#include <optional>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/made_calls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = TimelineEvent::Kind;

TimelineEvent Of(int actor, Kind kind, const std::string& text = "") {
  TimelineEvent event;
  event.actor = actor;
  event.kind = kind;
  event.text = text;
  return event;
}

TimelineEvent Calls(int actor, const char* name, bool writes,
                    const char* file = "lock") {
  TimelineEvent event = Of(actor, Kind::kCall);
  event.call = OnName(name, file);
  if (writes) {
    event.footprint.Write(Object::Name(file));
  } else {
    event.footprint.Read(Object::Name(file));
  }
  return event;
}

// a looks; b makes the file; a makes it again.
std::vector<TimelineEvent> LooksThenMakes() {
  return {
      Of(0, Kind::kCommand, "acquire"),      //
      Calls(0, "access", /*writes=*/false),  // 1
      Of(1, Kind::kCommand, "acquire"),      //
      Calls(1, "access", /*writes=*/false),  // 2
      Calls(1, "mkdir", /*writes=*/true),    // 3
      Of(1, Kind::kAnswer, "acquired a"),    //
      Calls(0, "mkdir", /*writes=*/true),    // 4
      Of(0, Kind::kAnswer, "acquired a"),    //
      Of(0, Kind::kViolation, "two hold"),
  };
}

TEST(LastRaceTest, IsBetweenTwoCallsOfOneCommand) {
  const std::vector<TimelineEvent> events = LooksThenMakes();
  const std::optional<Race> race = LastRace(events);
  ASSERT_TRUE(race.has_value());
  EXPECT_EQ(race->before, 1);
  EXPECT_EQ(race->between, 4);
  EXPECT_EQ(race->after, 6);
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"),
              EndsWith("      raced: call 4 of a meets what call 3 of b has "
                       "changed since call 1 of a\n"));
}

TEST(LastRaceTest, MayBeAChangeOfWhatAnotherHasLookedAt) {
  std::vector<TimelineEvent> events = LooksThenMakes();
  events[4] = Calls(1, "access", /*writes=*/false);
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"),
              EndsWith("      raced: call 4 of a changes what call 3 of b has "
                       "looked at since call 1 of a\n"));
}

TEST(LastRaceTest, IsSinceTheCallThatHasLooked) {
  std::vector<TimelineEvent> events = LooksThenMakes();
  events.insert(events.begin() + 2, Calls(0, "access", false, "other"));
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"),
              EndsWith("call 5 of a meets what call 4 of b has changed since "
                       "call 1 of a\n"));
  // None has: the last of all.
  events[1] = Calls(0, "access", false, "third");
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"),
              EndsWith("since call 2 of a\n"));
}

TEST(LastRaceTest, IsNoneWhereCallsConcernOtherFiles) {
  std::vector<TimelineEvent> events = LooksThenMakes();
  events[3] = Calls(1, "access", /*writes=*/false, "other");
  events[4] = Calls(1, "mkdir", /*writes=*/true, "other");
  EXPECT_FALSE(LastRace(events).has_value());
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"), Not(HasSubstr("raced")));
}

TEST(LastRaceTest, IsNoneWhereNobodyWasInterrupted) {
  const std::vector<TimelineEvent> events = LooksThenMakes();
  // b is done before a begins.
  const std::vector<TimelineEvent> in_turn = {events[2], events[3], events[4],
                                              events[5], events[0], events[1],
                                              events[6], events[7], events[8]};
  EXPECT_FALSE(LastRace(in_turn).has_value());
  // a has begun another command since.
  std::vector<TimelineEvent> again = events;
  again.insert(again.begin() + 2, {Of(0, Kind::kAnswer, "acquired a")});
  again.insert(again.begin() + 7, {Of(0, Kind::kCommand, "release")});
  EXPECT_FALSE(LastRace(again).has_value());
}

TEST(TimelineTest, TellsOfNoRaceWhereNothingIsWrong) {
  std::vector<TimelineEvent> events = LooksThenMakes();
  events.pop_back();
  EXPECT_TRUE(LastRace(events).has_value());
  EXPECT_THAT(FormatTimeline(events, 2, "/folder"), Not(HasSubstr("raced")));
}

}  // namespace
}  // namespace conformance::explorer
