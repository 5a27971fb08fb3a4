// The calls that a request makes, and when.

#include "conformance/cancel_request.h"

#include <thread>  // NOLINT(build/c++11): a thread of the system makes it

#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(CancelRequestTest, IsMadeOnceAndForAll) {
  CancelRequest request;
  EXPECT_FALSE(request.IsMade());
  request.Make();
  request.Make();
  EXPECT_TRUE(request.IsMade());
}

TEST(CancelRequestTest, WakesOnce) {
  CancelRequest request;
  int woken = 0;
  const CancelRequest::Waker waker(request, [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  std::thread([&] { request.Make(); }).join();
  request.Make();
  EXPECT_EQ(woken, 1);
}

TEST(CancelRequestTest, WakesAtOnceWhereItHasBeenMade) {
  CancelRequest request;
  request.Make();
  int woken = 0;
  const CancelRequest::Waker waker(request, [&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST(CancelRequestTest, CallsNothingThatHasGone) {
  CancelRequest request;
  int woken = 0;
  {
    const CancelRequest::Waker waker(request, [&] { ++woken; });
  }
  request.Make();
  EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace conformance
