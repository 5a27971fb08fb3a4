// The clock, here and in another process.

#include "conformance/monotonic_now.h"

#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

TEST(MonotonicNowTest, DoesNotGoBack) {
  const absl::Duration before = MonotonicNow();
  EXPECT_GT(before, absl::ZeroDuration());
  EXPECT_GE(MonotonicNow(), before);
}

TEST(MonotonicNowTest, GoesOnInAnotherProcess) {
  const absl::Duration before = MonotonicNow();
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const absl::Duration now = MonotonicNow();
    ::_exit(now >= before && now < before + absl::Hours(1) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace conformance
