// Families, their names, and what is asked of which.

#include "conformance/profile.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(ProfileTest, EachNameOfTheProtocolIsOfOneFamily) {
  for (const absl::string_view name : AllProfileNames()) {
    EXPECT_EQ(FamilyName(FamilyFromName(name)), name);
  }
  EXPECT_EQ(FamilyFromName(""), Family::kUnknown);
}

TEST(ProfileTest, PlaceIsInThePathsFolder) {
  Profile profile;
  EXPECT_EQ(profile.PlaceOf("/a/lock"), "");
  profile.at = "@";
  EXPECT_EQ(profile.PlaceOf("/a/lock"), "/a/lock");
  EXPECT_EQ(profile.PlaceOf("lock"), "lock");
  EXPECT_TRUE(profile.AtPath());
  profile.at = ".@.lck";
  EXPECT_EQ(profile.PlaceOf("/a/lock"), "/a/.lock.lck");
  EXPECT_EQ(profile.PlaceOf("/lock"), "/.lock.lck");
  EXPECT_EQ(profile.PlaceOf("/a/folder//"), "/a/.folder.lck");
  EXPECT_FALSE(profile.AtPath());
  profile.at = "@.d/@";
  EXPECT_EQ(profile.PlaceOf("a/lock"), "a/lock.d/lock");
  profile.at = "/run/one.lock";
  EXPECT_EQ(profile.PlaceOf("/a/lock"), "/run/one.lock");
}

TEST(ProfileTest, ComesThroughAHistoryAsItWas) {
  Profile profile;
  profile.family = Family::kExistenceLock;
  profile.claimed = true;
  profile.found = Family::kKernelLock;
  profile.at = "@ of \n mine";
  profile.stale = Profile::Stale::kByAge;
  profile.age = absl::Seconds(300);
  profile.ordinary = true;
  profile.start = absl::Milliseconds(1234);
  profile.made_of = "link";
  profile.removes = true;
  profile.takes_records = true;
  const std::optional<Profile> back = Profile::FromFields(profile.ToFields());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->ToFields(), profile.ToFields());
  EXPECT_EQ(back->family, Family::kExistenceLock);
  EXPECT_EQ(back->age, absl::Seconds(300));
  EXPECT_EQ(Profile::FromFields({"profile", "seed"}), std::nullopt);
  EXPECT_EQ(Profile::FromFields({"A has released"}), std::nullopt);
}

TEST(ProfileTest, CommandLineCountsMoreThanTheContender) {
  Introduction introduction;
  introduction.profile = "seed";
  introduction.stale = "30";
  EXPECT_EQ(ClaimedProfile(introduction, "").family, Family::kSeed);
  const Profile profile = ClaimedProfile(introduction, "existence-lock");
  EXPECT_EQ(profile.family, Family::kExistenceLock);
  EXPECT_TRUE(profile.claimed);
  EXPECT_EQ(profile.age, absl::Seconds(30));
  EXPECT_FALSE(ClaimedProfile(introduction, "unclaimed").claimed);
}

TEST(ProfileTest, WhatIsAskedOfWhich) {
  EXPECT_TRUE(IsAsked(Scope::kSeed, Family::kSeed));
  EXPECT_FALSE(IsAsked(Scope::kSeed, Family::kKernelLock));
  EXPECT_TRUE(IsAsked(Scope::kKernel, Family::kKernelLock));
  EXPECT_FALSE(IsAsked(Scope::kKernel, Family::kRecordLock));
  EXPECT_FALSE(IsAsked(Scope::kAnyKernel, Family::kUnknown));
  EXPECT_TRUE(IsAsked(Scope::kNotExistence, Family::kUnknown));
  EXPECT_FALSE(IsAsked(Scope::kNotExistence, Family::kExistenceLock));
  EXPECT_FALSE(IsAsked(Scope::kNotRecordLock, Family::kRecordLock));
  EXPECT_FALSE(IsAsked(Scope::kExistence, Family::kUnknown));
  for (const Family family :
       {Family::kSeed, Family::kKernelLock, Family::kRecordLock,
        Family::kExistenceLock, Family::kWindows, Family::kUnknown}) {
    EXPECT_TRUE(IsAsked(Scope::kAll, family));
  }
  EXPECT_EQ(ScopeText(Scope::kKernel), "seed, kernel-lock, windows");
}

// Of the others it is believed only where it was claimed or seen.
TEST(ProfileTest, KernelFreesWhatItKeeps) {
  for (const Family family : {Family::kSeed, Family::kKernelLock,
                              Family::kRecordLock, Family::kWindows}) {
    Profile profile;
    profile.family = family;
    EXPECT_TRUE(profile.DeathFrees()) << FamilyName(family);
  }
  for (const Family family : {Family::kExistenceLock, Family::kUnknown}) {
    Profile profile;
    profile.family = family;
    EXPECT_FALSE(profile.DeathFrees()) << FamilyName(family);
    profile.stale = Profile::Stale::kNever;
    EXPECT_FALSE(profile.DeathFrees()) << FamilyName(family);
    profile.stale = Profile::Stale::kAtOnce;
    EXPECT_TRUE(profile.DeathFrees()) << FamilyName(family);
  }
}

TEST(ProfileTest, OfWindowsIsAskedWhatIsAskedOfTheSeed) {
  for (const Scope scope :
       {Scope::kAll, Scope::kSeed, Scope::kKernel, Scope::kAnyKernel,
        Scope::kNotExistence, Scope::kNotRecordLock, Scope::kExistence}) {
    EXPECT_EQ(IsAsked(scope, Family::kWindows), IsAsked(scope, Family::kSeed));
  }
}

}  // namespace
}  // namespace conformance
