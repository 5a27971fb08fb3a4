// withlock as its users meet it: a program that is run.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/log/check.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/lock_file.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"

namespace lockfile {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The program, in the test's runfiles; found before the test changes its
// directory.
const std::string& Withlock() {
  static const std::string& path = *new std::string(absl::StrCat(
      std::filesystem::current_path().string(), "/tools/withlock"));
  return path;
}

// Only returns if it can't be run.
int BecomeWithlock(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  std::string name = "withlock";
  argv.push_back(name.data());
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  ::execv(Withlock().c_str(), argv.data());
  return 99;
}

class WithlockTest : public ::testing::Test {
 protected:
  // Runs withlock to its end, its output in the files "out" and "err".
  static int Run(const std::vector<std::string>& arguments) {
    Child child([&arguments](Channel&) {
      for (const auto& [number, name] :
           {std::pair(1, "out"), std::pair(2, "err")}) {
        const int file =
            ::open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        PCHECK(::dup2(file, number) == number);
      }
      return BecomeWithlock(arguments);
    });
    return ExitStatus(child.Await());
  }

  // Waits for somebody to write a line into the FIFO "events".
  static std::string Event() {
    std::string line;
    const int fifo = ::open("events", O_RDONLY | O_CLOEXEC);
    PCHECK(fifo != -1);
    char c = 0;
    while (::read(fifo, &c, 1) == 1 && c != '\n') line += c;
    ::close(fifo);
    return line;
  }

  void SetUp() override { ASSERT_EQ(::mkfifo("events", 0666), 0); }

 private:
  const std::string& program_ = Withlock();
  ScopedWorkingDirectory directory_;
};

TEST_F(WithlockTest, PassesTheCommandsStatusAndOutputThrough) {
  EXPECT_EQ(Run({"lock", "--", "true"}), 0);
  EXPECT_EQ(Run({"lock", "--", "sh", "-c", "echo \"$0\"; exit 7", "a b"}), 7);
  EXPECT_EQ(ReadFile("out"), "a b\n");
  EXPECT_EQ(ReadFile("err"), "");
  EXPECT_EQ(Run({"lock", "--", "sh", "-c", "exit 255"}), 255);
  EXPECT_TRUE(Exists("lock"));
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(WithlockTest, EndsByTheSignalThatEndedTheCommand) {
  for (const int signal : {SIGTERM, SIGKILL, SIGINT, SIGABRT, SIGSEGV}) {
    EXPECT_EQ(Run({"lock", "--", "sh", "-c",
                   absl::StrCat("ulimit -c 0; kill -", signal, " $$")}),
              -1000 - signal);
  }
}

TEST_F(WithlockTest, HoldsTheLockWhileTheCommandRuns) {
  Child child([](Channel&) {
    return BecomeWithlock(
        {"lock", "--", "sh", "-c", "echo on >events; read x <events"});
  });
  EXPECT_EQ(Event(), "on");
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_EQ(Run({"lock", "--", "touch", "ran"}), 75);
  EXPECT_EQ(ReadFile("err"), "withlock: lock lock: held by somebody else\n");
  EXPECT_FALSE(Exists("ran"));
  EXPECT_EQ(Run({"--wait=1ms", "lock", "--", "touch", "ran"}), 75);
  EXPECT_EQ(Run({"--wait", "1ms", "lock", "--", "touch", "ran"}), 75);
  WriteFile("events", "leave\n");
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(WithlockTest, WaitsForTheLock) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  Child child([](Channel&) {
    return BecomeWithlock({"--wait=inf", "lock", "--", "true"});
  });
  ASSERT_TRUE(lock->Close().ok());
  EXPECT_EQ(ExitStatus(child.Await()), 0);
}

TEST_F(WithlockTest, RecordsTheOwner) {
  Child child([](Channel&) {
    return BecomeWithlock({"--record_owner", "lock", "--", "sh", "-c",
                           "echo on >events; read x <events"});
  });
  EXPECT_EQ(Event(), "on");
  EXPECT_EQ(Run({"lock", "--", "true"}), 75);
  EXPECT_EQ(
      ReadFile("err"),
      absl::StrCat("withlock: lock lock: held by process ", child.pid(), "\n"));
  WriteFile("events", "leave\n");
  child.Await();
  EXPECT_THAT(ReadFile("lock"), StartsWith(absl::StrCat(child.pid(), " ")));
}

// containers/storage 59, materialize 11961: a daemon kept the lock for ever.
TEST_F(WithlockTest, WhatTheCommandLeavesBehindHoldsNothing) {
  EXPECT_EQ(
      Run({"lock", "--", "sh", "-c", "sleep 100000 >/dev/null 2>&1 & echo $!"}),
      0);
  int sleeper = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadFile("out"), &sleeper));
  EXPECT_EQ(::kill(sleeper, 0), 0);
  EXPECT_FALSE(IsLocked("lock"));
  ::kill(sleeper, SIGKILL);
}

TEST_F(WithlockTest, WhenItIsKilledTheLockIsFreeAndTheCommandEnds) {
  Child child([](Channel&) {
    return BecomeWithlock(
        {"lock", "--", "sh", "-c", "echo $$ >events; read x <events"});
  });
  int command = 0;
  ASSERT_TRUE(absl::SimpleAtoi(Event(), &command));
  EXPECT_TRUE(IsLocked("lock"));
  child.Signal(SIGKILL);
  child.Await();
  EXPECT_FALSE(IsLocked("lock"));
  AwaitDeath(command);
}

TEST_F(WithlockTest, PassesSignalsOnAndGoesOnWaiting) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1}) {
    Child child([signal](Channel&) {
      return BecomeWithlock(
          {"lock", "--", "sh", "-c",
           absl::StrCat("trap 'kill $!; exit 5' ", signal,
                        "; sleep 100000 & echo on >events; wait")});
    });
    EXPECT_EQ(Event(), "on");
    child.Signal(signal);
    EXPECT_EQ(ExitStatus(child.Await()), 5) << signal;
    EXPECT_FALSE(IsLocked("lock"));
  }
}

// util-linux 60cd48bd1.
TEST_F(WithlockTest, WorksWithSigchldIgnored) {
  Child child([](Channel&) {
    PCHECK(::signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    return BecomeWithlock({"lock", "--", "sh", "-c", "exit 6"});
  });
  EXPECT_EQ(ExitStatus(child.Await()), 6);
}

TEST_F(WithlockTest, SaysWhenTheCommandCannotBeExecuted) {
  EXPECT_EQ(Run({"lock", "--", "./no-such-command"}), 127);
  EXPECT_EQ(ReadFile("err"),
            "withlock: ./no-such-command: No such file or directory\n");
  WriteFile("data", "");
  EXPECT_EQ(Run({"lock", "--", "./data"}), 126);
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(WithlockTest, SaysWhenTheFileCannotBeLocked) {
  EXPECT_EQ(Run({"missing/lock", "--", "true"}), 73);
  EXPECT_EQ(ReadFile("err"),
            "withlock: create missing/lock: No such file or directory\n");
  EXPECT_EQ(Run({"/dev/null", "--", "true"}), 73);
}

// Where `bazel run` starts it, and what it says of where the person is.
TEST_F(WithlockTest, UnderBazelRunPathsMeanTheFolderInWhichOneTypes) {
  const std::filesystem::path folder = std::filesystem::current_path();
  std::filesystem::create_directories("withlock.runfiles/lockfile");
  std::filesystem::create_directory("typed");
  ::setenv("BUILD_WORKING_DIRECTORY", (folder / "typed").c_str(), 1);
  const auto run_in = [&](const char* directory) {
    std::filesystem::current_path(folder / directory);
    const int status = Run({"lock", "--", "touch", "ran"});
    std::filesystem::current_path(folder);
    return status;
  };
  EXPECT_EQ(run_in("withlock.runfiles/lockfile"), 0);
  EXPECT_TRUE(Exists("typed/lock"));
  EXPECT_TRUE(Exists("typed/ran"));
  EXPECT_FALSE(Exists("withlock.runfiles/lockfile/lock"));
  // Not when it is a program run by Bazel that runs it somewhere else.
  EXPECT_EQ(run_in("."), 0);
  EXPECT_TRUE(Exists("lock"));
  std::filesystem::remove_all("typed");
  EXPECT_EQ(run_in("withlock.runfiles/lockfile"), 71);
  EXPECT_THAT(ReadFile("withlock.runfiles/lockfile/err"),
              HasSubstr("/typed: No such file or directory"));
  ::unsetenv("BUILD_WORKING_DIRECTORY");
}

TEST_F(WithlockTest, RejectsWrongUsageWithoutRunningAnything) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {},
           {"lock"},
           {"lock", "--"},
           {"--", "touch", "ran"},
           {"lock", "touch", "ran"},
           {"--wait=soon", "lock", "--", "touch", "ran"},
           {"--wait=10", "lock", "--", "touch", "ran"},
           {"--wait=-1s", "lock", "--", "touch", "ran"},
           {"--wait", "lock", "--", "touch", "ran"},
           {"--wait"},
           {"--no_such_flag", "lock", "--", "touch", "ran"},
       }) {
    EXPECT_EQ(Run(arguments), 64);
    EXPECT_THAT(ReadFile("err"), HasSubstr("--help"));
    EXPECT_EQ(ReadFile("out"), "");
  }
  EXPECT_FALSE(Exists("ran"));
  EXPECT_FALSE(Exists("lock"));
}

TEST_F(WithlockTest, Helps) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(ReadFile("out"), StartsWith("Usage: withlock"));
  EXPECT_EQ(ReadFile("err"), "");
}

}  // namespace
}  // namespace lockfile
