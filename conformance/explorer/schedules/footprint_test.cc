// Objects, footprints and conflicts.

#include "conformance/explorer/schedules/footprint.h"

#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Object, HasOneNameInText) {
  EXPECT_EQ(Object::Name("lock").ToString(), "name:lock");
  EXPECT_EQ(Object::OfFile(Object::Kind::kMode, "a1").ToString(), "mode:a1");
  EXPECT_EQ(Object::Process("a").ToString(), "process:a");
  EXPECT_EQ(Object::Folder().ToString(), "folder");
  EXPECT_EQ(Object::Hold().ToString(), "hold");
  EXPECT_EQ(Object::Unseen().ToString(), "unseen");
}

TEST(Object, IsTheSameByKindAndId) {
  EXPECT_EQ(Object::Name("a"), Object::Name("a"));
  EXPECT_FALSE(Object::Name("a") == Object::Name("b"));
  EXPECT_FALSE(Object::Name("a") == Object::Process("a"));
  EXPECT_LT(Object::OfFile(Object::Kind::kLock, "b"), Object::Name("a"));
  EXPECT_LT(Object::Name("a"), Object::Name("b"));
}

TEST(Footprint, KnowsWhatItWrites) {
  Footprint footprint;
  footprint.Read(Object::Name("lock"));
  EXPECT_FALSE(footprint.Writes(Object::Name("lock")));
  footprint.Write(Object::Hold());
  EXPECT_TRUE(footprint.Writes(Object::Hold()));
  EXPECT_FALSE(footprint.Writes(Object::Folder()));
}

TEST(Footprint, ConflictsWhereOneWrites) {
  Footprint reads;
  reads.Read(Object::Name("lock"));
  Footprint writes;
  writes.Write(Object::Name("lock"));
  Footprint other;
  other.Write(Object::OfFile(Object::Kind::kLock, "1:0"));
  EXPECT_FALSE(Conflict(reads, reads));
  EXPECT_TRUE(Conflict(reads, writes));
  EXPECT_TRUE(Conflict(writes, reads));
  EXPECT_TRUE(Conflict(writes, writes));
  EXPECT_FALSE(Conflict(writes, other));
  EXPECT_FALSE(Conflict(writes, Footprint()));
}

TEST(Footprint, KeepsOneSortedAccessOfAnObject) {
  Footprint footprint;
  footprint.Write(Object::Name("lock"));
  footprint.Read(Object::OfFile(Object::Kind::kLock, "1:0"));
  footprint.Read(Object::Name("lock"));
  footprint.Read(Object::OfFile(Object::Kind::kLock, "1:0"));
  EXPECT_EQ(footprint.ToString(), "lock:1:0 name:lock!");
}

}  // namespace
}  // namespace conformance::explorer
