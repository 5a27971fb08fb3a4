// Which names are taken for made up, and how they are numbered.

#include "conformance/explorer/execution/generated_names.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/file_model.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

Footprint Reading(const std::vector<std::string>& names) {
  Footprint footprint;
  footprint.Read(Object::Folder());
  for (const std::string& name : names) footprint.Read(Object::Name(name));
  return footprint;
}

bool Learn(GeneratedNames& names, const std::string& once,
           const std::string& again) {
  return names.Learn(Reading({once}), Reading({again}));
}

std::string Named(GeneratedNames& names, const std::string& name,
                  int actor = 0) {
  return names.Canonical(name, name, actor);
}

TEST(WithOtherNumbers, TakesWholeNumbers) {
  const auto word = [](absl::string_view number) -> std::optional<std::string> {
    if (number == "12") return "{a}";
    return std::nullopt;
  };
  EXPECT_EQ(WithOtherNumbers("lock.12", word), "lock.{a}");
  EXPECT_EQ(WithOtherNumbers("12-112-12.120", word), "{a}-112-{a}.120");
  EXPECT_EQ(WithOtherNumbers("lock", word), "lock");
  EXPECT_EQ(WithOtherNumbers("", word), "");
}

TEST(SameButForNames, EachStandsForOne) {
  const std::vector<Footprint> once = {Reading({"lock", "lock.7"}),
                                       Reading({"lock.7"})};
  EXPECT_TRUE(SameButForNames(once, once));
  EXPECT_TRUE(SameButForNames(
      once, {Reading({"lock", "lock.83"}), Reading({"lock.83"})}));
  // Another one later.
  EXPECT_FALSE(SameButForNames(
      once, {Reading({"lock", "lock.83"}), Reading({"lock.84"})}));
  EXPECT_FALSE(
      SameButForNames(once, {Reading({"lock", "lock.83"}), Reading({"lock"})}));
  EXPECT_FALSE(SameButForNames(once, {Reading({"lock", "lock.83"})}));
  Footprint written = Reading({"lock"});
  written.Write(Object::Name("lock.83"));
  EXPECT_FALSE(SameButForNames(once, {written, Reading({"lock.83"})}));
  // Two that stand for one.
  EXPECT_FALSE(SameButForNames({Reading({"x.1"}), Reading({"x.2"})},
                               {Reading({"x.5"}), Reading({"x.5"})}));
}

TEST(GeneratedNames, AreLeftAloneWhileNothingIsLearnt) {
  GeneratedNames names;
  names.Begin({});
  EXPECT_EQ(Named(names, "lock"), "lock");
  EXPECT_EQ(names.Canonical("lock.77", "lock.{a}", 0), "lock.{a}");
  EXPECT_EQ(names.Pattern("lock.x8Yz0q"), "lock.x8Yz0q");
}

TEST(GeneratedNames, AreNumberedByWhoeverUsedThemFirst) {
  GeneratedNames names;
  ASSERT_TRUE(Learn(names, "lock.aB3xZ0", "lock.QQ7t1y"));
  names.Begin({});
  EXPECT_EQ(Named(names, "lock.111111", 1), "{b:1}");
  EXPECT_EQ(Named(names, "lock.222222", 0), "{a:1}");
  EXPECT_EQ(Named(names, "lock.333333", 1), "{b:2}");
  EXPECT_EQ(Named(names, "lock.111111", 0), "{b:1}");
  EXPECT_EQ(Named(names, "lock"), "lock");
  EXPECT_EQ(Named(names, "lock.longer_than_that"), "lock.longer_than_that");
  EXPECT_EQ(Named(names, "other.111111"), "other.111111");
  EXPECT_EQ(names.Pattern("lock.555555"), "*");
  // The next execution has others, with the same labels.
  names.Begin({});
  EXPECT_EQ(Named(names, "lock.666666", 1), "{b:1}");
  EXPECT_FALSE(names.reused());
}

TEST(GeneratedNames, ThatBeginAlikeByChanceAreStillOfOneShape) {
  GeneratedNames names;
  ASSERT_TRUE(Learn(names, "lock.aaBcD1", "lock.aaQ7t1"));
  names.Begin({});
  EXPECT_EQ(Named(names, "lock.bbbbbb"), "{a:1}");
}

TEST(GeneratedNames, OfAllFoldersOnThePathAreLookedAt) {
  GeneratedNames names;
  ASSERT_TRUE(
      Learn(names, "lock.d/tmpk3j2h1x9/owner", "lock.d/tmp7dkw03aa/owner"));
  names.Begin({});
  EXPECT_EQ(Named(names, "lock.d/tmp00000000/owner"), "lock.d/{a:1}/owner");
  EXPECT_EQ(Named(names, "lock.d/tmp00000000"), "lock.d/{a:1}");
}

TEST(GeneratedNames, MayCountAndGetLonger) {
  GeneratedNames names;
  ASSERT_TRUE(Learn(names, "lock.{a}.19", "lock.{a}.10"));
  names.Begin({});
  EXPECT_EQ(names.Canonical("lock.4711.123456", "lock.{a}.123456", 0), "{a:1}");
  EXPECT_EQ(names.Canonical("lock.4711.x", "lock.{a}.x", 0), "lock.{a}.x");
}

TEST(GeneratedNames, ThatAreThereAtTheStartOrWereTheSameTwiceAreNotMadeUp) {
  GeneratedNames names;
  ASSERT_TRUE(names.Learn(Reading({"lock.breaks", "lock.aB3xZ0"}),
                          Reading({"lock.breaks", "lock.QQ7t1y"})));
  Entry entry;
  entry.name = "lock.left00";
  names.Begin({entry});
  EXPECT_EQ(Named(names, "lock.breaks"), "lock.breaks");
  EXPECT_EQ(Named(names, "lock.left00"), "lock.left00");
  EXPECT_EQ(Named(names, "lock.right0"), "{a:1}");
}

TEST(GeneratedNames, ThatComeAgainAndAgainWereNotMadeUp) {
  GeneratedNames names;
  ASSERT_TRUE(Learn(names, "lock.aB3xZ0", "lock.QQ7t1y"));
  names.Begin({});
  Named(names, "lock.holder");
  Named(names, "lock.backup");
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(names.reused());
    names.Begin({});
    Named(names, "lock.backup");
  }
  EXPECT_TRUE(names.reused());
}

TEST(GeneratedNames, AreNotLearntFromWhatDiffersOtherwise) {
  GeneratedNames names;
  Footprint writing;
  writing.Read(Object::Folder());
  writing.Write(Object::Name("lock"));
  EXPECT_FALSE(names.Learn(Reading({"lock"}), writing));
  EXPECT_FALSE(names.Learn(Reading({"lock"}), Reading({"lock", "other"})));
  EXPECT_FALSE(Learn(names, "x", "y"));
  EXPECT_FALSE(Learn(names, "lock.a", "lock.abc"));
  EXPECT_FALSE(Learn(names, "lock", "lock/inside"));
  names.Begin({});
  EXPECT_FALSE(names.knows_any());
}

}  // namespace
}  // namespace conformance::explorer
