// Which calls of small locks are seen, in what order, and what is made of them.

#include "conformance/explorer/tracing/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/explorer/tracing/tracer_testing.h"
#include "conformance/monotonic_now.h"
#include "conformance/testing/forbidden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(TracerTest, SeesEachCallOfAPlainLock) {
  Start(0, PlainLock());
  EXPECT_THAT(
      RunCommand(0, "acquire"),
      ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                  "[folder name:lock!]",
                  "flock(3, LOCK_EX|LOCK_NB) = 0 [lock:a1!]", "acquired a"));
  EXPECT_THAT(RunCommand(0, "release"),
              ElementsAre("close(3) = 0 [lock:a1!]", "released a"));
}

TEST_F(TracerTest, SeesARefusal) {
  Start(0, PlainLock());
  Start(1, PlainLock());
  RunCommand(0, "acquire");
  EXPECT_THAT(RunCommand(1, "acquire"),
              ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                          "[mode:a1 name:lock]",
                          "flock(3, LOCK_EX|LOCK_NB) = -1 EAGAIN [lock:a1]",
                          "close(3) = 0 []", "busy a"));
}

TEST_F(TracerTest, SeesEachCallOfALockThatUnlinks) {
  Start(0, UnlinkingLock());
  RunCommand(0, "acquire");
  EXPECT_THAT(RunCommand(0, "release"),
              ElementsAre("unlink(\"lock\") = 0 [folder meta:a1! name:lock!]",
                          "close(3) = 0 [lock:a1!]", "released a"));
  // The next file is another one.
  EXPECT_THAT(
      RunCommand(0, "acquire"),
      ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                  "[folder name:lock!]",
                  "flock(3, LOCK_EX|LOCK_NB) = 0 [lock:a2!]", "acquired a"));
}

TEST_F(TracerTest, SeesRecordLocks) {
  Start(0, RecordLock());
  Start(1, RecordLock());
  RunCommand(0, "acquire");
  EXPECT_THAT(
      RunCommand(1, "acquire"),
      ElementsAre("openat(\"lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 3 "
                  "[mode:a1 name:lock]",
                  "fcntl(3, F_SETLK, {F_WRLCK, 0, 0}) = -1 EAGAIN [lock:a1]",
                  "close(3) = 0 []", "busy a"));
  EXPECT_THAT(RunCommand(0, "release"),
              ElementsAre("close(3) = 0 [lock:a1!]", "released a"));
}

TEST_F(TracerTest, FindsRelativePathsAndFoldersOpenedBefore) {
  Start(0, RelativePaths());
  EXPECT_THAT(
      RunCommand(0, "acquire"),
      ElementsAre("openat(\".\", O_RDONLY|O_DIRECTORY|O_CLOEXEC) = 3 "
                  "[mode:folder name:.]",
                  "mkdirat(\"sub\") = 0 [folder name:sub!]",
                  "openat(\"sub/../lock\", O_RDWR|O_CREAT|O_CLOEXEC) = 4 "
                  "[folder name:lock!]",
                  "unlinkat(\"sub\") = 0 [folder meta:a1! name:sub!]",
                  "close(4) = 0 []", "close(3) = 0 []", "acquired a"));
}

TEST_F(TracerTest, KnowsWhoWouldBlock) {
  for (const bool record : {false, true}) {
    const ContenderSource source =
        record ? BlockingRecordLock() : BlockingLock();
    Start(0, source);
    Start(1, source);
    Command(0, "acquire");
    Command(1, "acquire");
    for (int actor : {0, 1}) {
      EXPECT_TRUE(RunTo(actor, record ? "fcntl" : "flock").call.blocking);
      EXPECT_FALSE(tracer_->WouldBlock(actor));
    }
    Step(0);
    EXPECT_EQ(Step(0), "acquired a");
    EXPECT_TRUE(tracer_->WouldBlock(1));
    EXPECT_TRUE(tracer_->WouldBlock(1));
    RunCommand(0, "release");
    EXPECT_FALSE(tracer_->WouldBlock(1));
    Step(1);
    EXPECT_EQ(Step(1), "acquired a");
    // Its death frees it as well.
    RunCommand(1, "release");
  }
}

TEST_F(TracerTest, SleepsTakeNoTime) {
  Start(0, PollingLock());
  Start(1, PollingLock());
  RunCommand(0, "acquire");
  Command(1, "acquire");
  const absl::Duration start = MonotonicNow();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Step(1), HasSubstr("= -1 EEXIST [name:lock]"));
    EXPECT_TRUE(Run(1).call.sleeps);
    EXPECT_THAT(Step(1), HasSubstr("sleep() = 0 []"));
  }
  // They are naps of ten seconds.
  EXPECT_LT(MonotonicNow() - start, absl::Seconds(10));
  RunCommand(0, "release");
  EXPECT_THAT(Step(1), HasSubstr("= 3 [folder name:lock!]"));
}

TEST_F(TracerTest, FollowsThreads) {
  Start(0, ThreadedLock());
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(RunCommand(0, "acquire").back(), "acquired a");
    EXPECT_THAT(RunCommand(0, "release"),
                ElementsAre(HasSubstr("close(3) = 0 [lock:"), "released a"));
  }
}

TEST_F(TracerTest, FollowsChildren) {
  Start(0, ForkedLock());
  for (int i = 0; i < 20; ++i) {
    const std::vector<std::string> acquired = RunCommand(0, "acquire");
    ASSERT_EQ(acquired.size(), 3U);
    EXPECT_THAT(acquired[1], HasSubstr("LOCK_NB) = 0"));
    // The end of the child frees the lock, so it is a step.
    EXPECT_THAT(
        RunCommand(0, "release"),
        ElementsAre(HasSubstr("exit_group() = 0 [lock:"), "released a"));
  }
}

TEST_F(TracerTest, FollowsExecAndVfork) {
  // A shell that locks by another program, whose descriptor is the shell's.
  ContenderSource source;
  source.command = {"/bin/sh", "-c", R"(
    while read -r word handle path rest; do
      case $word in
        hello) echo "hello lockfile-contender/1 name=sh version=1 pid=$$ can=" ;;
        acquire) lock=$path
                 exec 9>>"$path"
                 if /bin/mkdir "$path.d"; then echo "acquired $handle"
                 else echo "busy $handle"; fi ;;
        release) exec 9>&-; /bin/rmdir "$lock.d"; echo "released $handle" ;;
      esac
    done)"};
  Start(0, source);
  for (int i = 0; i < 3; ++i) {
    const std::vector<std::string> lines = RunCommand(0, "acquire");
    EXPECT_EQ(lines.back(), "acquired a");
    EXPECT_THAT(lines, ::testing::Contains(HasSubstr("mkdir(\"lock.d\") = 0")));
    EXPECT_THAT(lines, ::testing::Contains(HasSubstr("execve()")));
    EXPECT_THAT(RunCommand(0, "release"),
                ::testing::Contains(HasSubstr("rmdir(\"lock.d\") = 0")));
  }
}

TEST_F(TracerTest, SaysWhyAContenderCannotStart) {
  ContenderSource missing;
  missing.command = {"/no/such/program"};
  absl::StatusOr<Stop> hello = tracer_->Start(0, missing);
  EXPECT_EQ(hello.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(hello.status().message()),
              HasSubstr("/no/such/program: No such file"));

  ContenderSource leaving;
  leaving.command = {"/bin/sh", "-c", "echo no lock here >&2; exit 69"};
  hello = tracer_->Start(0, leaving);
  EXPECT_EQ(hello.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(hello.status().message()),
              AllOf(HasSubstr("status 69"), HasSubstr("no lock here")));

  ContenderSource chatty;
  chatty.command = {"/bin/sh", "-c", "read -r line; echo good morning; read l"};
  hello = tracer_->Start(0, chatty);
  EXPECT_THAT(std::string(hello.status().message()), HasSubstr("good morning"));
}

TEST_F(TracerTest, LetsSignalsPass) {
  ContenderSource source;
  source.command = {"/bin/sh", "-c", R"(
    trap 'caught=yes' USR1
    read -r hello; echo "hello lockfile-contender/1 name=sh version=1 pid=$$ can="
    read -r line
    kill -USR1 $$
    echo "error a ${caught:-no}"
    read -r line)"};
  Start(0, source);
  Command(0, "acquire");
  EXPECT_EQ(Step(0), "error a yes");
}

TEST_F(TracerTest, SaysThatTracingIsForbidden) {
  tracer_.reset();
  const std::string traced = WhereForbidden(SYS_ptrace, [&] {
    Trace(absl::Seconds(10));
    std::string said = tracer_->Start(0, PlainLock()).status().ToString();
    tracer_.reset();
    return said;
  });
  EXPECT_THAT(traced, AllOf(HasSubstr("UNAVAILABLE"),
                            HasSubstr("ptrace is forbidden")));
  const std::string read = WhereForbidden(SYS_process_vm_readv, [&] {
    TracerOptions options;
    options.directory = directory_;
    return Tracer::Create(options).status().ToString();
  });
  EXPECT_THAT(read, AllOf(HasSubstr("UNAVAILABLE"),
                          HasSubstr("process_vm_readv(2) is forbidden")));
}

// A call touches the same objects whether it is stopped behind or not, and does
// the same.
TEST_F(TracerTest, PassesCallsWhoseResultIsForeseen) {
  std::vector<std::string> touched[2];
  int64_t stops[2] = {0, 0};
  for (const bool passing : {false, true}) {
    Start(0, PlainLock());
    Start(1, PlainLock());
    Empty(directory_);
    tracer_->FolderIs({});
    const auto run = [&](int actor, absl::string_view verb) {
      const int64_t before = tracer_->stops();
      Command(actor, verb);
      Stop stop = Run(actor);
      for (; stop.kind == Stop::Kind::kCall; stop = Run(actor)) {
        const absl::StatusOr<CallResult> performed =
            passing ? tracer_->Pass(actor) : tracer_->Perform(actor);
        ASSERT_TRUE(Came(performed)) << performed.status();
        touched[passing].push_back(absl::StrCat(stop.call.type->name, " ",
                                                Show(performed->footprint)));
      }
      touched[passing].push_back(stop.answer);
      stops[passing] += tracer_->stops() - before;
    };
    run(0, "acquire");
    run(1, "acquire");  // busy
    run(0, "release");
    // The close(2) has been made by now.
    run(1, "acquire");
    run(1, "release");
  }
  EXPECT_EQ(touched[0], touched[1]);
  EXPECT_THAT(touched[0],
              ::testing::IsSupersetOf({"acquired a", "busy a", "released a"}));
  // One for each of three flock(2), and of three close(2).
  EXPECT_EQ(stops[1], stops[0] - 6);
}

// Somebody else has the lock, whose calls are not seen.
TEST_F(TracerTest, ForeseesNoLocksWhenItWasWrong) {
  Start(0, PlainLock());
  const int mine = ::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  ASSERT_GE(mine, 0);
  ASSERT_EQ(::flock(mine, LOCK_EX), 0);
  // Its flock(2) touches a lock that it gets, or only looks at.
  const auto attempt = [&]() -> std::string {
    Command(0, "acquire");
    std::string touched;
    Stop stop = Run(0);
    for (; stop.kind == Stop::Kind::kCall; stop = Run(0)) {
      const absl::StatusOr<CallResult> performed = tracer_->Pass(0);
      EXPECT_TRUE(Came(performed)) << performed.status();
      if (!performed.ok()) return "";
      if (stop.call.type->name == "flock") touched = Show(performed->footprint);
    }
    EXPECT_EQ(stop.answer, "busy a");
    return touched;
  };
  EXPECT_THAT(attempt(), ::testing::EndsWith("!"));
  constexpr int kAttempts = 16;
  for (int i = 1; i < kAttempts; ++i) attempt();
  for (int i = 0; i < kAttempts; ++i) {
    EXPECT_THAT(attempt(), ::testing::Not(::testing::EndsWith("!")));
  }
  ::close(mine);
}

// Its other threads would go on before the call is made.
TEST_F(TracerTest, PerformsAndDoesNotPassCallsOfThreads) {
  Start(0, ThreadedLock());
  Command(0, "acquire");
  while (Run(0).kind == Stop::Kind::kCall) {
    ASSERT_TRUE(Came(tracer_->Pass(0)));
  }
  Command(0, "release");
  const Stop stop = RunTo(0, "close");
  ASSERT_EQ(stop.kind, Stop::Kind::kCall);
  const int64_t before = tracer_->stops();
  ASSERT_TRUE(Came(tracer_->Pass(0)));
  EXPECT_GT(tracer_->stops(), before);
}

TEST_F(TracerTest, MeasuresItsSpeed) {
  Start(0, PlainLock());
  constexpr int kRounds = 2'000;
  int64_t steps = 0;
  const absl::Duration start = MonotonicNow();
  for (int i = 0; i < kRounds; ++i) {
    for (const char* verb : {"acquire", "release"}) {
      Command(0, verb);
      while (Run(0).kind == Stop::Kind::kCall) {
        ASSERT_TRUE(Came(tracer_->Perform(0)));
        ++steps;
      }
    }
  }
  const double seconds = absl::ToDoubleSeconds(MonotonicNow() - start);
  std::printf("%.0f steps a second, %.0f cycles a second, %.1f us a stop\n",
              static_cast<double>(steps) / seconds, kRounds / seconds,
              seconds * 1e6 / static_cast<double>(tracer_->stops()));
}

}  // namespace
}  // namespace conformance::explorer
