#include "conformance/explorer/schedules/happens_before.h"

#include <cstddef>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kA = 0;
constexpr int kB = 1;
constexpr int kC = 2;

HappensBefore::Effect Writes(const char* name) {
  HappensBefore::Effect effect;
  effect.footprint.Write(Object::Name(name));
  return effect;
}

HappensBefore::Effect Reads(const char* name) {
  HappensBefore::Effect effect;
  effect.footprint.Read(Object::Name(name));
  return effect;
}

TEST(HappensBeforeTest, StepsOfOneActorAreInOrderAndDoNotRace) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  EXPECT_THAT(order.Add(kA, Writes("x")), IsEmpty());
  EXPECT_TRUE(order.IsBefore(0, 1));
}

TEST(HappensBeforeTest, ReadersDoNotRaceWithEachOther) {
  HappensBefore order;
  order.Add(kA, Reads("x"));
  EXPECT_THAT(order.Add(kB, Reads("x")), IsEmpty());
  EXPECT_FALSE(order.IsBefore(0, 1));
  EXPECT_THAT(order.Add(kC, Writes("x")), ElementsAre(1, 0));
}

TEST(HappensBeforeTest, WhatIsOrderedByAnotherStepDoesNotRace) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  order.Add(kB, Writes("x"));
  EXPECT_THAT(order.Add(kC, Writes("x")), ElementsAre(1));
  EXPECT_TRUE(order.IsBefore(0, 2));
}

TEST(HappensBeforeTest, WhatIsOrderedByTheActorsOwnStepDoesNotRace) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  EXPECT_THAT(order.Add(kB, Reads("x")), ElementsAre(0));
  EXPECT_THAT(order.Add(kB, Writes("x")), IsEmpty());
}

TEST(HappensBeforeTest, WhatOrdersAllRacesWithTheLastOfEach) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  order.Add(kB, Writes("y"));
  HappensBefore::Effect all;
  all.orders_all = true;
  EXPECT_THAT(order.RacesOf(kC, all), ElementsAre(1, 0));
  EXPECT_THAT(order.Add(kC, all), ElementsAre(1, 0));
  EXPECT_THAT(order.Add(kA, Reads("z")), ElementsAre(2));
}

TEST(HappensBeforeTest, WhatDoesNotDependOnAStep) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  order.Add(kB, Writes("y"));
  order.Add(kB, Reads("x"));
  order.Add(kC, Reads("y"));
  order.Add(kB, Writes("z"));
  EXPECT_THAT(order.NotAfter(0, order.size()), ElementsAre(1, 3));
  EXPECT_THAT(order.NotAfter(0, 2), ElementsAre(1));
}

TEST(HappensBeforeTest, ForgetsTheRest) {
  HappensBefore order;
  order.Add(kA, Writes("x"));
  order.Add(kB, Writes("x"));
  order.Shorten(1);
  EXPECT_EQ(order.size(), 1);
  EXPECT_EQ(order.LastOf(kB), 0);
  EXPECT_EQ(order.LastOf(kA), 1);
  EXPECT_THAT(order.Add(kC, Writes("x")), ElementsAre(0));
}

}  // namespace
}  // namespace conformance::explorer
