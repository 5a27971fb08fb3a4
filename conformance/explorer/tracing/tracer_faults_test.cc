// Things that can be made to go wrong: calls that fail, deaths, survivors.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/stop.h"
#include "conformance/explorer/tracing/tracer_testing.h"
#include "conformance/explorer/tracing/wait_result.h"
#include "conformance/monotonic_now.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

TEST_F(TracerTest, DeathFreesALock) {
  Start(0, BlockingLock());
  Start(1, BlockingLock());
  RunCommand(0, "acquire");
  Command(1, "acquire");
  RunTo(1, "flock");
  EXPECT_TRUE(tracer_->WouldBlock(1));
  const absl::StatusOr<Death> killed = tracer_->Kill(0);
  ASSERT_TRUE(Came(killed)) << killed.status();
  EXPECT_EQ(Show(*killed), "lock:a1! process:a!");
  EXPECT_FALSE(tracer_->processes().Lives(0));
  EXPECT_FALSE(tracer_->WouldBlock(1));
}

TEST_F(TracerTest, ACrashSparesOtherProcesses) {
  const ActorId survivors = ActorId::SurvivorsOf(0);
  Start(0, StubbornChild());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
  const absl::StatusOr<Death> crashed = tracer_->Crash(0);
  ASSERT_TRUE(Came(crashed)) << crashed.status();
  EXPECT_EQ(Show(*crashed), "process:a!");
  EXPECT_FALSE(tracer_->processes().Lives(0));
  EXPECT_TRUE(tracer_->processes().HasSurvivors(0));
  // The child rests.
  absl::StatusOr<SurvivorsStop> stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(Came(stop)) << stop.status();
  EXPECT_FALSE(stop->call);
  // It has the lock, while its contender is another one already.
  Start(0, PlainLock());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "busy a");
  EXPECT_TRUE(tracer_->processes().HasSurvivors(0));
  const absl::StatusOr<Death> killed = tracer_->Kill(survivors);
  ASSERT_TRUE(Came(killed)) << killed.status();
  EXPECT_THAT(Show(*killed), HasSubstr("lock:a1!"));
  EXPECT_FALSE(tracer_->processes().HasSurvivors(0));
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

TEST_F(TracerTest, SurvivorsOfACrashAreStopped) {
  Start(0, ForkedLock());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
  ASSERT_TRUE(Came(tracer_->Crash(0)));
  // The child is told by the end of its parent.
  absl::StatusOr<SurvivorsStop> stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(Came(stop)) << stop.status();
  ASSERT_TRUE(stop->call);
  const ActorId survivors = ActorId::SurvivorsOf(0);
  ASSERT_NE(tracer_->processes().Pending(survivors), nullptr);
  EXPECT_EQ(tracer_->processes().Pending(survivors)->type->name, "exit_group");
  const absl::StatusOr<CallResult> performed = tracer_->Perform(survivors);
  ASSERT_TRUE(Came(performed)) << performed.status();
  EXPECT_EQ(Show(performed->footprint), "lock:a1! process:survivors of a!");
  stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(Came(stop)) << stop.status();
  EXPECT_FALSE(stop->call);
  EXPECT_FALSE(tracer_->processes().HasSurvivors(0));
  // Where there is only one process, nobody survives.
  Start(1, PlainLock());
  EXPECT_EQ(RunCommand(1, "acquire").back(), "acquired a");
  const absl::StatusOr<Death> crashed = tracer_->Crash(1);
  ASSERT_TRUE(Came(crashed)) << crashed.status();
  EXPECT_EQ(Show(*crashed), "lock:a1! process:b!");
  EXPECT_FALSE(tracer_->processes().HasSurvivors(1));
}

TEST_F(TracerTest, MakesCallsFail) {
  Start(0, BlockingLock());
  Command(0, "acquire");
  RunTo(0, "flock");
  const absl::StatusOr<CallResult> failed = tracer_->Fail(0, EINTR);
  ASSERT_TRUE(Came(failed)) << failed.status();
  EXPECT_EQ(failed->result, -EINTR);
  EXPECT_EQ(Show(failed->footprint), "lock:a1");
  EXPECT_EQ(Step(0), "close(3) = 0 []");
  EXPECT_EQ(Step(0), "error a flock:%20Interrupted%20system%20call");

  Command(0, "acquire");
  RunTo(0, "flock");
  ASSERT_TRUE(Came(tracer_->Fail(0, ENOLCK)));
  Step(0);
  EXPECT_EQ(Step(0), "error a flock:%20No%20locks%20available");

  Command(0, "acquire");
  RunTo(0, "openat");
  ASSERT_TRUE(Came(tracer_->Fail(0, EMFILE)));
  EXPECT_EQ(Step(0), "error a open:%20Too%20many%20open%20files");

  // Nothing of it stays.
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

TEST_F(TracerTest, AFailedCloseCloses) {
  Start(0, PlainLock());
  RunCommand(0, "acquire");
  Command(0, "release");
  RunTo(0, "close");
  const absl::StatusOr<CallResult> failed = tracer_->Fail(0, EIO);
  ASSERT_TRUE(Came(failed)) << failed.status();
  EXPECT_EQ(Show(failed->footprint), "lock:a1!");
  EXPECT_EQ(Step(0), "error a close:%20Input/output%20error");
  EXPECT_EQ(tracer_->OpenDescriptors(0), 0);
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

TEST_F(TracerTest, CutsWritesShort) {
  Start(0, RecordingLock());
  const auto size = [&] {
    struct stat status = {};
    EXPECT_EQ(::stat(lock_.c_str(), &status), 0);
    return status.st_size;
  };
  Command(0, "acquire");
  RunTo(0, "write");
  const absl::StatusOr<CallResult> cut = tracer_->Shorten(0, 1);
  ASSERT_TRUE(Came(cut)) << cut.status();
  EXPECT_EQ(cut->result, 1);
  EXPECT_EQ(Show(cut->footprint), "data:a1! meta:a1!");
  EXPECT_THAT(RunTo(0, "none").answer, HasSubstr("error a writing"));
  EXPECT_EQ(size(), 1);

  Command(0, "acquire");
  RunTo(0, "write");
  const absl::StatusOr<CallResult> full = tracer_->Fail(0, ENOSPC, 2);
  ASSERT_TRUE(Came(full)) << full.status();
  EXPECT_EQ(full->result, -ENOSPC);
  EXPECT_EQ(
      RunTo(0, "none").answer,
      "error a writing%20the%20record:%20No%20space%20left%20on%20device");
  EXPECT_EQ(size(), 2);

  Command(0, "acquire");
  RunTo(0, "openat");
  EXPECT_EQ(tracer_->Shorten(0, 1).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(TracerTest, KillsBeforeAndAfterEachCall) {
  constexpr int kCalls = 6;  // of a RecordingLock
  for (int i = 0; i < kCalls; ++i) {
    for (const bool after : {false, true}) {
      ::unlink(lock_.c_str());
      tracer_->FolderIs({});
      Start(0, RecordingLock());
      Command(0, "acquire");
      for (int call = 0; call < i; ++call) Step(0);
      const Stop stop = Run(0);
      if (stop.kind == Stop::Kind::kCall && after) {
        ASSERT_TRUE(Came(tracer_->Perform(0)));
      }
      ASSERT_TRUE(Came(tracer_->Kill(0)));
      if (i == 0) {
        // The very first creates the file, or would have.
        EXPECT_EQ(::access(lock_.c_str(), F_OK) == 0, after);
      }
      Start(1, RecordingLock());
      EXPECT_EQ(RunCommand(1, "acquire").back(), "acquired a");
    }
  }
}

TEST_F(TracerTest, TellsOfADeath) {
  Start(0, DyingLock());
  Command(0, "acquire");
  Step(0);
  Step(0);
  EXPECT_THAT(Step(0), HasSubstr("exit_group() = 0 [lock:a1!]"));
  EXPECT_EQ(Step(0), "exited with status 3");
  EXPECT_EQ(Step(0), "exited with status 3");
}

TEST_F(TracerTest, TellsOfAHang) {
  Trace(absl::Seconds(1));
  Start(0, HangingLock());
  Command(0, "acquire");
  Step(0);
  Run(0);
  ASSERT_TRUE(Came(tracer_->Perform(0)));
  const absl::Duration start = MonotonicNow();
  const absl::StatusOr<Stop> stop = tracer_->RunToVisible(0);
  ASSERT_TRUE(stop.ok()) << stop.status();
  ASSERT_EQ(stop->kind, Stop::Kind::kInVain);
  EXPECT_EQ(stop->wait.end, WaitResult::End::kHangs);
  // Since it could run, it had a quarter more; where that can be known.
  if (RunnableTaskRan(::getpid(), ::getpid()).has_value()) {
    EXPECT_GE(MonotonicNow() - start, absl::Milliseconds(1250));
  }
  EXPECT_THAT(stop->wait.message, HasSubstr("contender a"));
}

TEST_F(TracerTest, TellsOfAHangAtTheStart) {
  Trace(absl::Seconds(1));
  const absl::StatusOr<Stop> hello = tracer_->Start(0, SilentWhere("/"));
  ASSERT_TRUE(hello.ok()) << hello.status();
  ASSERT_EQ(hello->kind, Stop::Kind::kInVain);
  EXPECT_EQ(hello->wait.end, WaitResult::End::kHangs);
  EXPECT_THAT(hello->wait.message, HasSubstr("contender a"));
  // It can be killed, and another has its place.
  Start(0, PlainLock());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

// Whether it has answered, or stands before a call.
TEST_F(TracerTest, TellsOfOneThatCantBeKilled) {
  Trace(absl::Seconds(1));
  Start(0, PlainLock());
  unkillable_ = true;
  absl::StatusOr<Death> killed = tracer_->Kill(0);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_EQ(killed->wait.end, WaitResult::End::kUnkillable);
  EXPECT_THAT(killed->wait.message,
              HasSubstr("contender a was killed and hasn't ended in 1s"));
  Command(0, "acquire");
  Run(0);
  killed = tracer_->Crash(0);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_EQ(killed->wait.end, WaitResult::End::kUnkillable);
  // Another must not take its place.
  const absl::StatusOr<Stop> hello = tracer_->Start(0, PlainLock());
  ASSERT_TRUE(hello.ok()) << hello.status();
  EXPECT_EQ(hello->wait.end, WaitResult::End::kUnkillable);
}

TEST_F(TracerTest, WaitsForNobodyWhenTheTimeIsUp) {
  Trace(absl::Minutes(10), MonotonicNow());
  const absl::StatusOr<Stop> hello = tracer_->Start(0, SilentWhere("/"));
  ASSERT_TRUE(hello.ok()) << hello.status();
  ASSERT_EQ(hello->kind, Stop::Kind::kInVain);
  EXPECT_EQ(hello->wait.end, WaitResult::End::kTimeIsUp);
  // But for deaths.
  const absl::StatusOr<Death> killed = tracer_->Kill(0);
  ASSERT_TRUE(Came(killed)) << killed.status();
  EXPECT_TRUE(tracer_->processes().ProcessesOf(0).empty());
}

// One of them kills another, or asks whether it lives.
TEST_F(TracerTest, SeesKillsOfOthersOnly) {
  ContenderSource source;
  source.command = {"/bin/sh", "-c", R"(
    read -r hello; echo "hello lockfile-contender/1 name=sh version=1 pid=$$ can="
    while read -r word pid; do
      if kill -0 "$pid"; then echo "error a alive"; else echo "error a dead"; fi
    done)"};
  Start(1, PlainLock());
  ASSERT_TRUE(Came(tracer_->Start(0, source)));
  const std::string other = tracer_->Start(1, PlainLock())->answer;
  const size_t at = other.find("pid=") + 4;
  const std::string pid = other.substr(at, other.find(' ', at) - at);
  ASSERT_TRUE(tracer_->Command(0, absl::StrCat("ask ", pid)).ok());
  EXPECT_EQ(Step(0), "kill(b, 0) = 0 [process:b]");
  EXPECT_EQ(Step(0), "error a alive");
  ASSERT_TRUE(Came(tracer_->Kill(1)));
  ASSERT_TRUE(tracer_->Command(0, absl::StrCat("ask ", pid)).ok());
  EXPECT_EQ(Step(0), "kill(b, 0) = -1 ESRCH [process:b]");
  EXPECT_EQ(Step(0), "error a dead");
}

// With and without children of theirs.
TEST_F(TracerTest, NobodyOutlivesAKilledTracer) {
  // Every orphan comes to us.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
  tracer_.reset();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Trace(absl::Seconds(10));
    Start(0, ForkedLock());
    Start(1, PlainLock());
    RunCommand(0, "acquire");
    Command(1, "acquire");
    Run(1);
    if (::write(ends[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  char c = 0;
  ASSERT_EQ(::read(ends[0], &c, 1), 1);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  // Each of them ends, without anybody's help.
  int ended = 0;
  while (::waitpid(-1, nullptr, __WALL) > 0 || errno == EINTR) ++ended;
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(ended, 4);  // the tracer, the contenders, and a child of theirs
  ::close(ends[0]);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

}  // namespace
}  // namespace conformance::explorer
