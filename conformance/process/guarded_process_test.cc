// The guard: how what it guards ended is how it ends, what is cleaned up, and
// that nobody waits for ever where processes can't be watched.

#include "conformance/process/guarded_process.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/process/ending.h"
#include "conformance/process/proc.h"
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

// A mapping that all of them share.
struct Shared {
  std::atomic<pid_t> guard;
  std::atomic<pid_t> body;
  std::atomic<pid_t> session;  // the body's
  std::atomic<int> continued;  // the body, by SIGCONT
};

// Of the body: how often it was told to go on.
std::atomic<int>* continued = nullptr;

// With a caller that can be stopped.
class StoppedTest : public testing::Test {
 protected:
  void SetUp() override {
    void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    shared_ = new (memory) Shared{};
    caller_ = ::fork();
    if (caller_ == 0) ::_exit(Call());
    while (shared_->body == 0 || shared_->guard == 0) ::sched_yield();
  }

  int Call() {
    const absl::StatusOr<GuardedProcess> process = GuardedProcess::Start(
        [this]() -> int {
          continued = &shared_->continued;
          ::signal(SIGCONT, [](int) { ++*continued; });
          shared_->session = ::getsid(0);
          shared_->body = ::getpid();
          for (;;) ::pause();
        },
        [] {});
    if (!process.ok()) return 2;
    shared_->guard = process->guard();
    return process->Await().kind == Ending::Kind::kKilled ? 0 : 1;
  }

  // As the terminal does on Ctrl-Z.
  void Stop() {
    ::kill(caller_, SIGSTOP);
    EXPECT_TRUE(AwaitState(caller_, "T", absl::InfiniteDuration()));
    ::kill(shared_->guard, SIGTSTP);
    EXPECT_TRUE(AwaitState(shared_->body, "T", absl::InfiniteDuration()));
  }

  void AwaitContinued(int times) {
    while (shared_->continued < times) ::sched_yield();
  }

  void TearDown() override {
    ::kill(shared_->guard, SIGTERM);
    while (ProcessState(shared_->body) != 0) ::sched_yield();
    ::kill(caller_, SIGCONT);
    int status = 0;
    EXPECT_EQ(::waitpid(caller_, &status, 0), caller_);
    EXPECT_EQ(status, 0);
    ::munmap(shared_, sizeof(Shared));
  }

  Shared* shared_ = nullptr;
  pid_t caller_ = -1;
};

TEST_F(StoppedTest, TheBodyHasASessionOfItsOwn) {
  EXPECT_EQ(shared_->session, shared_->body);
}

TEST_F(StoppedTest, TheBodyStopsAndGoesOnWithTheCaller) {
  for (int i = 0; i < 3; ++i) {
    Stop();
    EXPECT_NE(ProcessState(shared_->guard), 'T');
    EXPECT_EQ(shared_->continued, i);
    ::kill(caller_, SIGCONT);
    ::kill(shared_->guard, SIGCONT);
    AwaitContinued(i + 1);
  }
}

TEST_F(StoppedTest, TheBodyGoesOnIfTheCallerDoesNotStop) {
  ::kill(shared_->guard, SIGTSTP);
  AwaitContinued(1);
}

// By TearDown.
TEST_F(StoppedTest, EverythingCanBeEnded) { Stop(); }

TEST(GuardedProcess, SaysThatProcessesCantBeWatched) {
  const std::string said = WhereForbidden(SYS_pidfd_open, [] {
    return GuardedProcess::Start([] { return 0; }, [] {}).status().ToString();
  });
  EXPECT_THAT(said, AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("pidfd_open(2)"),
                          HasSubstr("Operation not permitted")));
}

}  // namespace
}  // namespace conformance
