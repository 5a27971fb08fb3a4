// The guard: how what it guards ended is how it ends, what is cleaned up, and
// that nobody waits for ever where processes can't be watched.

#include "conformance/guarded_process.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "conformance/process.h"
#include "conformance/testing/forbidden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(GuardedProcess, EndsAsItsBodyAndCleansUpAfterwards) {
  for (const bool killed : {false, true}) {
    const std::string left =
        absl::StrCat(testing::TempDir(), "/left.", ::getpid());
    const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
        [&] {
          if (::mkdir(left.c_str(), 0700) != 0) return 1;
          if (killed) ::raise(SIGKILL);
          return 7;
        },
        [&] { ::rmdir(left.c_str()); });
    ASSERT_TRUE(process.ok()) << process.status();
    const Ending ending = process->Await();
    EXPECT_EQ(ending.kind,
              killed ? Ending::Kind::kKilled : Ending::Kind::kExited);
    EXPECT_EQ(ending.code, killed ? SIGKILL : 7);
    EXPECT_NE(::access(left.c_str(), F_OK), 0);
  }
}

TEST(GuardedProcess, SaysThatProcessesCantBeWatched) {
  const std::string said = WhereForbidden(SYS_pidfd_open, [] {
    return GuardedProcess::Start([] { return 0; }, [] {}).status().ToString();
  });
  EXPECT_THAT(said, AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("pidfd_open(2)"),
                          HasSubstr("Operation not permitted")));
}

}  // namespace
}  // namespace conformance
