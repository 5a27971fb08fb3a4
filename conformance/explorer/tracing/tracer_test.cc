// Tests of the tracer with small locks, driven by hand: which calls are seen,
// in what order, and what can be done to each.

#include "conformance/explorer/tracing/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/testing/test_locks.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/history.h"
#include "conformance/testing/forbidden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Show(const Footprint& footprint) {
  return absl::StrJoin(
      footprint.accesses, " ", [](std::string* out, const Access& access) {
        absl::StrAppend(out, access.object, access.write ? "!" : "");
      });
}

void Empty(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(entry.path());
  }
}

class TracerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = absl::StrCat(::testing::TempDir(), "/tracer.XXXXXX");
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    lock_ = directory_ + "/lock";
    Trace(absl::Seconds(10));
  }

  void TearDown() override {
    tracer_.reset();
    // Whatever the test did: nobody is left.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    Empty(directory_);
    ::rmdir(directory_.c_str());
  }

  void Trace(absl::Duration deadline) {
    tracer_.reset();
    TracerOptions options;
    options.directory = directory_;
    options.deadline = deadline;
    absl::StatusOr<std::unique_ptr<Tracer>> tracer = Tracer::Create(options);
    ASSERT_TRUE(tracer.ok()) << tracer.status();
    tracer_ = *std::move(tracer);
    tracer_->FolderIs({});
  }

  void Start(int actor, const ContenderSource& source) {
    const absl::StatusOr<std::string> hello = tracer_->Start(actor, source);
    ASSERT_TRUE(hello.ok()) << hello.status();
  }

  Stop Run(int actor) {
    absl::StatusOr<Stop> stop = tracer_->RunToVisible(actor);
    EXPECT_TRUE(stop.ok()) << stop.status();
    return stop.ok() ? *std::move(stop) : Stop();
  }

  void Command(int actor, absl::string_view verb) {
    const std::string line = verb == "acquire"
                                 ? absl::StrCat("acquire a ", lock_, " 0")
                                 : "release a";
    ASSERT_TRUE(tracer_->Command(actor, line).ok());
  }

  // "openat(lock, O_RDWR) = 3 name:lock!" for the call that it stands before.
  std::string Step(int actor) {
    const Stop stop = Run(actor);
    if (stop.kind == Stop::Kind::kAnswer) return stop.answer;
    if (stop.kind == Stop::Kind::kEnded) return stop.ending.ToString();
    const absl::StatusOr<Performed> performed = tracer_->Perform(actor);
    EXPECT_TRUE(performed.ok()) << performed.status();
    if (!performed.ok()) return "";
    return Line(stop.call, *performed);
  }

  std::string Line(const Call& call, const Performed& performed) const {
    const std::string line =
        absl::StrCat(FormatCall(call), " = ", FormatResult(performed.result),
                     " [", Show(performed.footprint), "]");
    return absl::StrReplaceAll(line, {{directory_ + "/", ""}});
  }

  // All steps up to the answer, and the answer.
  std::vector<std::string> RunCommand(int actor, absl::string_view verb) {
    Command(actor, verb);
    std::vector<std::string> lines;
    do {
      lines.push_back(Step(actor));
    } while (absl::StrContains(lines.back(), '('));
    return lines;
  }

  // Lets it run to the visible call of this name.
  Stop RunTo(int actor, absl::string_view name) {
    for (;;) {
      Stop stop = Run(actor);
      if (stop.kind != Stop::Kind::kCall || stop.call.type->name == name) {
        return stop;
      }
      EXPECT_TRUE(tracer_->Perform(actor).ok());
    }
  }

  std::string directory_, lock_;
  std::unique_ptr<Tracer> tracer_;
};

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

TEST_F(TracerTest, DeathFreesALock) {
  Start(0, BlockingLock());
  Start(1, BlockingLock());
  RunCommand(0, "acquire");
  Command(1, "acquire");
  RunTo(1, "flock");
  EXPECT_TRUE(tracer_->WouldBlock(1));
  const absl::StatusOr<Footprint> killed = tracer_->Kill(0);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_EQ(Show(*killed), "lock:a1! process:0!");
  EXPECT_FALSE(tracer_->Lives(0));
  EXPECT_FALSE(tracer_->WouldBlock(1));
}

TEST_F(TracerTest, ACrashSparesOtherProcesses) {
  const int survivors = Tracer::SurvivorsOf(0);
  Start(0, StubbornChild());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
  const absl::StatusOr<Footprint> crashed = tracer_->Crash(0);
  ASSERT_TRUE(crashed.ok()) << crashed.status();
  EXPECT_EQ(Show(*crashed), "process:0!");
  EXPECT_FALSE(tracer_->Lives(0));
  EXPECT_TRUE(tracer_->HasSurvivors(0));
  // The child rests.
  absl::StatusOr<Tracer::SurvivorsStop> stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(stop.ok()) << stop.status();
  EXPECT_FALSE(stop->call);
  // It has the lock, while its contender is another one already.
  Start(0, PlainLock());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "busy a");
  EXPECT_TRUE(tracer_->HasSurvivors(0));
  const absl::StatusOr<Footprint> killed = tracer_->Kill(survivors);
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_THAT(Show(*killed), HasSubstr("lock:a1!"));
  EXPECT_FALSE(tracer_->HasSurvivors(0));
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

TEST_F(TracerTest, SurvivorsOfACrashAreStopped) {
  Start(0, ForkedLock());
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
  ASSERT_TRUE(tracer_->Crash(0).ok());
  // The child is told by the end of its parent.
  absl::StatusOr<Tracer::SurvivorsStop> stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(stop.ok()) << stop.status();
  ASSERT_TRUE(stop->call);
  const int survivors = Tracer::SurvivorsOf(0);
  ASSERT_NE(tracer_->Pending(survivors), nullptr);
  EXPECT_EQ(tracer_->Pending(survivors)->type->name, "exit_group");
  const absl::StatusOr<Performed> performed = tracer_->Perform(survivors);
  ASSERT_TRUE(performed.ok()) << performed.status();
  EXPECT_EQ(Show(performed->footprint), "lock:a1! process:26!");
  stop = tracer_->RunSurvivors(0);
  ASSERT_TRUE(stop.ok()) << stop.status();
  EXPECT_FALSE(stop->call);
  EXPECT_FALSE(tracer_->HasSurvivors(0));
  // Where there is only one process, nobody survives.
  Start(1, PlainLock());
  EXPECT_EQ(RunCommand(1, "acquire").back(), "acquired a");
  const absl::StatusOr<Footprint> crashed = tracer_->Crash(1);
  ASSERT_TRUE(crashed.ok()) << crashed.status();
  EXPECT_EQ(Show(*crashed), "lock:a1! process:1!");
  EXPECT_FALSE(tracer_->HasSurvivors(1));
}

TEST(TraceeTest, TellsWhoWillWakeUpByItself) {
  int silent[2];
  ASSERT_EQ(::pipe2(silent, O_CLOEXEC), 0);
  const timespec long_time = {1000, 0};
  pollfd nothing = {-1, 0, 0};
  char c = 0;
  const struct {
    bool wakes;
    std::function<void()> sleep;
  } cases[] = {
      {false, [] { ::pause(); }},
      {false, [&] { ::poll(&nothing, 1, -1); }},
      {false, [&] { ::ppoll(&nothing, 1, nullptr, nullptr); }},
      {false, [&] { (void)!::read(silent[0], &c, 1); }},
      {true, [&] { ::poll(&nothing, 1, 1'000'000); }},
      {true, [&] { ::ppoll(&nothing, 1, &long_time, nullptr); }},
      {true, [&] { ::nanosleep(&long_time, nullptr); }},
  };
  for (const auto& one : cases) {
    const pid_t child = ::fork();
    if (child == 0) {
      one.sleep();
      ::_exit(0);
    }
    while (!TaskIsAsleep(child, child)) ::sched_yield();
    EXPECT_EQ(SleepsForATime(child, child), one.wakes)
        << "case " << &one - cases;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  ::close(silent[0]);
  ::close(silent[1]);
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

TEST_F(TracerTest, MakesCallsFail) {
  Start(0, BlockingLock());
  Command(0, "acquire");
  RunTo(0, "flock");
  const absl::StatusOr<Performed> failed = tracer_->Fail(0, EINTR);
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->result, -EINTR);
  EXPECT_EQ(Show(failed->footprint), "lock:a1");
  EXPECT_EQ(Step(0), "close(3) = 0 []");
  EXPECT_EQ(Step(0), "error a flock:%20Interrupted%20system%20call");

  Command(0, "acquire");
  RunTo(0, "flock");
  ASSERT_TRUE(tracer_->Fail(0, ENOLCK).ok());
  Step(0);
  EXPECT_EQ(Step(0), "error a flock:%20No%20locks%20available");

  Command(0, "acquire");
  RunTo(0, "openat");
  ASSERT_TRUE(tracer_->Fail(0, EMFILE).ok());
  EXPECT_EQ(Step(0), "error a open:%20Too%20many%20open%20files");

  // Nothing of it stays.
  EXPECT_EQ(RunCommand(0, "acquire").back(), "acquired a");
}

TEST_F(TracerTest, AFailedCloseCloses) {
  Start(0, PlainLock());
  RunCommand(0, "acquire");
  Command(0, "release");
  RunTo(0, "close");
  const absl::StatusOr<Performed> failed = tracer_->Fail(0, EIO);
  ASSERT_TRUE(failed.ok()) << failed.status();
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
  const absl::StatusOr<Performed> cut = tracer_->Shorten(0, 1);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ(cut->result, 1);
  EXPECT_EQ(Show(cut->footprint), "data:a1! meta:a1!");
  EXPECT_THAT(RunTo(0, "none").answer, HasSubstr("error a writing"));
  EXPECT_EQ(size(), 1);

  Command(0, "acquire");
  RunTo(0, "write");
  const absl::StatusOr<Performed> full = tracer_->Fail(0, ENOSPC, 2);
  ASSERT_TRUE(full.ok()) << full.status();
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
        ASSERT_TRUE(tracer_->Perform(0).ok());
      }
      ASSERT_TRUE(tracer_->Kill(0).ok());
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
  ASSERT_TRUE(tracer_->Perform(0).ok());
  const absl::Duration start = MonotonicNow();
  const absl::StatusOr<Stop> stop = tracer_->RunToVisible(0);
  EXPECT_EQ(stop.status().code(), absl::StatusCode::kDeadlineExceeded);
  // Since it could run, it had a quarter more; where that can be known.
  if (RunnableTaskRan(::getpid(), ::getpid()).has_value()) {
    EXPECT_GE(MonotonicNow() - start, absl::Milliseconds(1250));
  }
  EXPECT_THAT(std::string(stop.status().message()), HasSubstr("contender a"));
}

TEST_F(TracerTest, SaysWhyAContenderCannotStart) {
  ContenderSource missing;
  missing.command = {"/no/such/program"};
  absl::StatusOr<std::string> hello = tracer_->Start(0, missing);
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

// One of them kills another, or asks whether it lives.
TEST_F(TracerTest, SeesKillsOfOthersOnly) {
  ContenderSource source;
  source.command = {"/bin/sh", "-c", R"(
    read -r hello; echo "hello lockfile-contender/1 name=sh version=1 pid=$$ can="
    while read -r word pid; do
      if kill -0 "$pid"; then echo "error a alive"; else echo "error a dead"; fi
    done)"};
  Start(1, PlainLock());
  const std::string hello = *tracer_->Start(0, source);
  const std::string other = *tracer_->Start(1, PlainLock());
  const size_t at = other.find("pid=") + 4;
  const std::string pid = other.substr(at, other.find(' ', at) - at);
  ASSERT_TRUE(tracer_->Command(0, absl::StrCat("ask ", pid)).ok());
  EXPECT_EQ(Step(0), "kill(contender 1, 0) = 0 [process:1]");
  EXPECT_EQ(Step(0), "error a alive");
  ASSERT_TRUE(tracer_->Kill(1).ok());
  ASSERT_TRUE(tracer_->Command(0, absl::StrCat("ask ", pid)).ok());
  EXPECT_EQ(Step(0), "kill(contender 1, 0) = -1 ESRCH [process:1]");
  EXPECT_EQ(Step(0), "error a dead");
}

// With and without children of theirs.
TEST_F(TracerTest, NobodyOutlivesAKilledTracer) {
  // Whatever is orphaned comes to us.
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

// What a call touches is the same whether it is stopped behind or not, and so
// is what it does.
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
        const absl::StatusOr<Performed> performed =
            passing ? tracer_->Pass(actor) : tracer_->Perform(actor);
        ASSERT_TRUE(performed.ok()) << performed.status();
        touched[passing].push_back(absl::StrCat(stop.call.type->name, " ",
                                                Show(performed->footprint)));
      }
      touched[passing].push_back(stop.answer);
      stops[passing] += tracer_->stops() - before;
    };
    run(0, "acquire");
    run(1, "acquire");  // busy
    run(0, "release");
    // That close(2) has been made by now.
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
  // What its flock(2) touches: a lock that it gets, or that it only looks at.
  const auto attempt = [&]() -> std::string {
    Command(0, "acquire");
    std::string touched;
    Stop stop = Run(0);
    for (; stop.kind == Stop::Kind::kCall; stop = Run(0)) {
      const absl::StatusOr<Performed> performed = tracer_->Pass(0);
      EXPECT_TRUE(performed.ok()) << performed.status();
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
    ASSERT_TRUE(tracer_->Pass(0).ok());
  }
  Command(0, "release");
  const Stop stop = RunTo(0, "close");
  ASSERT_EQ(stop.kind, Stop::Kind::kCall);
  const int64_t before = tracer_->stops();
  ASSERT_TRUE(tracer_->Pass(0).ok());
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
        ASSERT_TRUE(tracer_->Perform(0).ok());
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
