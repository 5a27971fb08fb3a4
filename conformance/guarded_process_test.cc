// The guard: how what it guards ended is how it ends, what is cleaned up, and
// that nobody waits for ever where processes can't be watched.

#include "conformance/guarded_process.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <fstream>
#include <new>
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

// A mapping that the guard and the body share with the test.
struct Shared {
  std::atomic<pid_t> body;
  std::atomic<pid_t> session;
};

char StateOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string stat;
  std::getline(file, stat);
  const size_t name_end = stat.rfind(')');
  return name_end == std::string::npos ? 'X' : stat[name_end + 2];
}

TEST(GuardedProcess, HasASessionOfItsOwnAndStopsWithItsGuard) {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const shared = new (memory) Shared{};
  const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
      [&]() -> int {
        shared->session = ::getsid(0);
        shared->body = ::getpid();
        for (;;) ::pause();
      },
      [] {});
  ASSERT_TRUE(process.ok()) << process.status();
  while (shared->body == 0) ::sched_yield();
  const pid_t body = shared->body;
  EXPECT_EQ(shared->session, body);
  for (int i = 0; i < 3; ++i) {
    ::kill(process->guard(), SIGTSTP);
    while (StateOf(process->guard()) != 'T') ::sched_yield();
    while (StateOf(body) != 'T') ::sched_yield();
    ::kill(process->guard(), SIGCONT);
    while (StateOf(body) == 'T') ::sched_yield();
  }
  process->Stop();
  EXPECT_EQ(process->Await().kind, Ending::Kind::kKilled);
  EXPECT_EQ(StateOf(body), 'X');
  ::munmap(memory, sizeof(Shared));
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
