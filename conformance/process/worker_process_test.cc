// Workers: their text comes, a bad end is told, and nothing of them is left.

#include "conformance/process/worker_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/children.h"
#include "conformance/process/ending.h"
#include "conformance/process/proc.h"
#include "conformance/testing/forbidden.h"
#include "conformance/testing/temp_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

constexpr char kKilled[] = "a worker process was killed by signal 9 (Killed)";

// Fills a folder, in a way that doesn't make it easy to remove.
void Fill(const std::string& directory) {
  fs::create_directories(directory + "/a/b");
  std::ofstream(directory + "/a/b/file") << "content";
  ::chmod((directory + "/a").c_str(), 0500);
}

// With the folder in which workers' folders are, and a pipe through which a
// worker says how far it is.
class WorkerProcessTest : public testing::Test {
 protected:
  WorkerProcessTest() { EXPECT_EQ(::pipe2(reached_, O_CLOEXEC), 0); }
  ~WorkerProcessTest() override {
    EXPECT_TRUE(fs::is_empty(scratch_));
    EXPECT_THAT(ChildrenOf(::getpid()), IsEmpty());
    for (const int end : reached_) ::close(end);
  }

  WorkerProcess Started(const WorkerProcess::Body& body) const {
    absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start(scratch_, body);
    EXPECT_TRUE(worker.ok()) << worker.status();
    return *std::move(worker);
  }

  // Fills its folder, says its number, and goes on for ever.
  WorkerProcess::Body Endless() const {
    return [this](const std::string& directory) -> std::string {
      Fill(directory);
      const pid_t pid = ::getpid();
      if (::write(reached_[1], &pid, sizeof(pid)) < 0) ::_exit(1);
      for (;;) ::pause();
    };
  }
  // The number that was said.
  pid_t Reached() const {
    pid_t pid = 0;
    EXPECT_EQ(::read(reached_[0], &pid, sizeof(pid)), sizeof(pid));
    EXPECT_FALSE(fs::is_empty(scratch_));
    return pid;
  }

  const TempFolder folder_;
  const std::string scratch_ = folder_.path();
  int reached_[2] = {-1, -1};
};

// ---- The text ---------------------------------------------------------------

TEST_F(WorkerProcessTest, TheTextArrives) {
  WorkerProcess worker = Started([](const std::string& directory) {
    Fill(directory);
    return "made in " + fs::path(directory).parent_path().string();
  });
  EXPECT_TRUE(worker.ReadToEnd());
  EXPECT_TRUE(worker.ended());
  EXPECT_EQ(worker.output(), -1);
  const absl::StatusOr<std::string> result = worker.Result();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, "made in " + fs::canonical(scratch_).string());
}

TEST_F(WorkerProcessTest, AnEmptyTextIsNoFailure) {
  WorkerProcess worker = Started([](const std::string&) { return ""; });
  EXPECT_TRUE(worker.ReadToEnd());
  EXPECT_EQ(worker.Result().status(), absl::OkStatus());
  EXPECT_EQ(worker.text(), "");
}

// Many times what a pipe holds, and every byte.
TEST_F(WorkerProcessTest, ALongTextArrivesWhole) {
  std::string text;
  while (text.size() < (size_t{8} << 20)) {
    text += std::string(1, '\0') + std::to_string(text.size()) + "\n\xff";
  }
  WorkerProcess worker = Started([&](const std::string&) { return text; });
  EXPECT_TRUE(worker.ReadToEnd());
  const absl::StatusOr<std::string> result = worker.Result();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(*result == text);
}

TEST_F(WorkerProcessTest, SeveralAreReadSideBySide) {
  constexpr int kWorkers = 5;
  std::vector<WorkerProcess> workers;
  workers.reserve(kWorkers);
  for (int i = 0; i < kWorkers; ++i) {
    workers.push_back(
        Started([i](const std::string&) { return std::to_string(i); }));
  }
  // The last first, so that no order is the right one.
  for (size_t i = workers.size(); i-- > 0;) {
    EXPECT_TRUE(workers[i].ReadToEnd());
    EXPECT_EQ(workers[i].text(), std::to_string(i));
  }
  workers.erase(workers.begin());
  EXPECT_EQ(workers.front().text(), "1");
}

TEST_F(WorkerProcessTest, WhatIsBufferedIsWrittenOnce) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FILE* const stream = ::fdopen(ends[1], "w");
  ASSERT_NE(stream, nullptr);
  ::fputs("x", stream);
  WorkerProcess worker = Started([](const std::string&) {
    ::fflush(nullptr);
    return "";
  });
  worker.ReadToEnd();
  ::fclose(stream);
  char chunk[8];
  EXPECT_EQ(::read(ends[0], chunk, sizeof(chunk)), 1);
  ::close(ends[0]);
}

// ---- The limit --------------------------------------------------------------

TEST_F(WorkerProcessTest, ALimitIsObeyedAndTheWorkerCanBeEnded) {
  WorkerProcess worker = Started(Endless());
  Reached();
  EXPECT_FALSE(worker.ReadToEnd(MonotonicNow()));
  EXPECT_FALSE(worker.ReadToEnd(MonotonicNow() + absl::Milliseconds(1)));
  EXPECT_FALSE(worker.ended());
  worker.End();
  EXPECT_TRUE(worker.ended());
  EXPECT_TRUE(fs::is_empty(scratch_));
  EXPECT_EQ(worker.ending().kind, Ending::Kind::kKilled);
  EXPECT_EQ(worker.Result().status(), absl::InternalError(kKilled));
  // The end is the end.
  worker.Stop();
  worker.End();
  worker.Read();
  EXPECT_TRUE(worker.ReadToEnd(MonotonicNow()));
}

TEST_F(WorkerProcessTest, OneThatIsStoppedIsReadToItsEnd) {
  WorkerProcess worker = Started(Endless());
  Reached();
  worker.Stop();
  EXPECT_TRUE(worker.ReadToEnd());
  EXPECT_FALSE(worker.Result().ok());
}

TEST_F(WorkerProcessTest, WithTheObjectEndsTheWorker) {
  {
    const WorkerProcess worker = Started(Endless());
    Reached();
  }
  EXPECT_TRUE(fs::is_empty(scratch_));
  // And when another takes its place.
  WorkerProcess worker = Started(Endless());
  const pid_t first = Reached();
  worker = Started(Endless());
  EXPECT_NE(::kill(first, 0), 0);
  Reached();
  const WorkerProcess moved = std::move(worker);
  EXPECT_FALSE(moved.ended());
}

// ---- One is killed ----------------------------------------------------------

TEST_F(WorkerProcessTest, AWorkerThatDiesIsTold) {
  WorkerProcess exits =
      Started([](const std::string& directory) -> std::string {
        Fill(directory);
        ::_exit(3);
      });
  EXPECT_TRUE(exits.ReadToEnd());
  EXPECT_EQ(exits.Result().status(),
            absl::InternalError("a worker process exited with status 3"));
  WorkerProcess dies = Started(Endless());
  ::kill(Reached(), SIGKILL);
  EXPECT_TRUE(dies.ReadToEnd());
  EXPECT_EQ(dies.Result().status(), absl::InternalError(kKilled));
  EXPECT_EQ(dies.ending().code, SIGKILL);
  EXPECT_TRUE(fs::is_empty(scratch_));
}

TEST_F(WorkerProcessTest, NothingIsLeftWhenTheGuardIsKilled) {
  WorkerProcess worker = Started(Endless());
  const pid_t pid = Reached();
  ::kill(worker.guard(), SIGKILL);
  EXPECT_TRUE(worker.ReadToEnd());
  EXPECT_EQ(worker.Result().status(), absl::InternalError(kKilled));
  EXPECT_TRUE(fs::is_empty(scratch_));
  // It has died with its guard, and is to be reaped by others than us.
  EXPECT_TRUE(AwaitEnd(pid, absl::InfiniteDuration()));
}

// A process that the worker has started goes on, and makes files.
TEST_F(WorkerProcessTest, TheFolderCanBeRemovedAgain) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  WorkerProcess worker =
      Started([this](const std::string& directory) -> std::string {
        if (::fork() == 0) {
          // The pipe's end isn't the worker's to keep open.
          for (int fd = 3; fd < 256; ++fd) {
            if (fd != reached_[1]) ::close(fd);
          }
          const pid_t pid = ::getpid();
          if (::write(reached_[1], &pid, sizeof(pid)) < 0) ::_exit(1);
          while (::access(directory.c_str(), F_OK) == 0) ::sched_yield();
          ::mkdir(directory.c_str(), 0700);
          if (::write(reached_[1], &pid, sizeof(pid)) < 0) ::_exit(1);
          for (;;) ::pause();
        }
        for (;;) ::pause();
      });
  const pid_t left = Reached();
  ::kill(worker.guard(), SIGKILL);
  EXPECT_TRUE(worker.ReadToEnd());
  pid_t again = 0;
  EXPECT_EQ(::read(reached_[0], &again, sizeof(again)), sizeof(again));
  EXPECT_EQ(again, left);
  EXPECT_TRUE(KillChildren());
  worker.RemoveFolder();
  EXPECT_TRUE(fs::is_empty(scratch_));
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

TEST_F(WorkerProcessTest, NothingIsLeftWhenTheCallerIsKilled) {
  const pid_t caller = ::fork();
  if (caller == 0) {
    ::close(reached_[0]);
    const absl::StatusOr<WorkerProcess> worker =
        WorkerProcess::Start(scratch_, Endless());
    const pid_t guard = worker.ok() ? worker->guard() : 0;
    if (::write(reached_[1], &guard, sizeof(guard)) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  // The guard and the worker, in any order.
  const pid_t one = Reached();
  const pid_t other = Reached();
  ::kill(caller, SIGKILL);
  ASSERT_EQ(::waitpid(caller, nullptr, 0), caller);
  EXPECT_TRUE(AwaitEnd(one, absl::InfiniteDuration()));
  EXPECT_TRUE(AwaitEnd(other, absl::InfiniteDuration()));
  EXPECT_TRUE(fs::is_empty(scratch_));
}

// ---- None can be started ----------------------------------------------------

TEST_F(WorkerProcessTest, NoFolderIsTold) {
  const absl::Status status =
      WorkerProcess::Start(scratch_ + "/missing", Endless()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(status.message(),
            "cannot make a folder in " + scratch_ +
                "/missing: No such file or directory; is TMPDIR a folder to "
                "write in, with room in it?");
}

TEST_F(WorkerProcessTest, NoPipeIsTold) {
  const size_t before = CountDescriptors(::getpid()).value_or(0);
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const absl::Status status =
      WorkerProcess::Start(scratch_, Endless()).status();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("pipe(2): Too many open files"), HasSubstr("ulimit -n")));
  EXPECT_EQ(CountDescriptors(::getpid()), before);
  // The destructor sees that the folder has gone.
}

TEST_F(WorkerProcessTest, AProcessThatCantBeWatchedIsTold) {
  const std::string said = WhereForbidden(SYS_pidfd_open, [&] {
    return WorkerProcess::Start(scratch_, Endless()).status().ToString();
  });
  EXPECT_THAT(said, AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("pidfd_open")));
}

// As a guard ends that couldn't fork.
TEST_F(WorkerProcessTest, AGuardWithoutAProcessIsTold) {
  WorkerProcess worker = Started(
      [](const std::string&) -> std::string { ::_exit(kNoProcessStatus); });
  EXPECT_TRUE(worker.ReadToEnd());
  EXPECT_EQ(worker.Result().status(),
            absl::ResourceExhaustedError(
                "there was no process to be had for a worker"));
}

TEST_F(WorkerProcessTest, NoDescriptorIsLeft) {
  const size_t before = CountDescriptors(::getpid()).value_or(0);
  for (int i = 0; i < 5; ++i) {
    Started([](const std::string&) { return "text"; }).ReadToEnd();
    Started([](const std::string&) { return "text"; });
  }
  EXPECT_EQ(CountDescriptors(::getpid()), before);
}

}  // namespace
}  // namespace conformance
