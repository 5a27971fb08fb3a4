// PCT: its bound on preemptions, and what it promises to find.

#include "conformance/explorer/schedules/pct.h"

#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/portable_random_testing.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

TEST(Pct, DepthBoundsPreemptions) {
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 1), LockModel('b', {2, 2})).max_preemptions, 0);
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 2), LockModel('b', {2, 2})).max_preemptions, 1);
  EXPECT_EQ(
      Observe(*MakePct(1, 300, 3), LockModel('b', {2, 2})).max_preemptions, 2);
}

// The bound of the paper, for a bug of depth 3: b must have created the file
// before a does but after a has looked, and must not yet have unlinked it.
TEST(Pct, FindsABugAsOftenAsPromised) {
  Pct::Options options;
  options.depth = 3;
  options.steps = 6;  // of two contenders, each: look, create, unlink
  options.executions = 2000;
  Pct scheduler(options);
  EXPECT_GE(Observe(scheduler, LockModel('c', {1, 1})).with_two_holders,
            options.executions / 2 / options.steps / options.steps);
}

}  // namespace
}  // namespace conformance::explorer
