// Parts that are given once, and those that no table has room for.

#include "conformance/explorer/campaign/shared_work.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(SharedWorkTest, GivesEachPartOnce) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  EXPECT_TRUE(shared_work->Take(0, 5, 1, 2));
  EXPECT_FALSE(shared_work->Take(0, 5, 0, 2));
  EXPECT_FALSE(shared_work->Take(0, 5, 1, 2));
  EXPECT_TRUE(shared_work->Take(1, 5, 0, 2));
  // More parts than there is room for are dealt out in turn.
  EXPECT_TRUE(shared_work->Take(0, 1'000'000, 0, 2));
  EXPECT_FALSE(shared_work->Take(0, 1'000'000, 1, 2));
}

TEST(SharedWorkTest, WhatComesAfterAViolationIsNeedless) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  EXPECT_FALSE(shared_work->Needless(0, 1000));
  shared_work->Found(0, 7);
  shared_work->Found(0, 9);
  EXPECT_FALSE(shared_work->Needless(0, 7));
  EXPECT_TRUE(shared_work->Needless(0, 8));
  EXPECT_FALSE(shared_work->Needless(1, 8));
  EXPECT_FALSE(shared_work->Take(0, 8, 0, 1));
  shared_work->Found(0, 0);
  EXPECT_TRUE(shared_work->Needless(0, 1));
  EXPECT_FALSE(shared_work->Needless(0, 0));
}

TEST(SharedWorkTest, APartBeyondTheTableIsBoundToOneWorker) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  const int64_t last = SharedWork::kMaxParts - 1;
  EXPECT_TRUE(shared_work->Take(0, last, 1, 2));
  EXPECT_FALSE(shared_work->HasBoundParts(0));
  EXPECT_TRUE(shared_work->Take(0, last + 1, 0, 2));
  EXPECT_FALSE(shared_work->Take(0, last + 1, 1, 2));
  EXPECT_TRUE(shared_work->Take(0, last + 2, 1, 2));
  EXPECT_TRUE(shared_work->HasBoundParts(0));
  EXPECT_FALSE(shared_work->HasBoundParts(1));
}

TEST(SharedWorkTest, AllPartsOfASearchBeyondTheTableAreBound) {
  SharedWork* const shared_work = SharedWork::Create();
  ASSERT_NE(shared_work, nullptr);
  EXPECT_FALSE(shared_work->HasBoundParts(SharedWork::kMaxSearches - 1));
  EXPECT_TRUE(shared_work->HasBoundParts(SharedWork::kMaxSearches));
  EXPECT_FALSE(shared_work->Take(SharedWork::kMaxSearches, 0, 1, 2));
  EXPECT_TRUE(shared_work->Take(SharedWork::kMaxSearches, 1, 1, 2));
}

}  // namespace
}  // namespace conformance::explorer
