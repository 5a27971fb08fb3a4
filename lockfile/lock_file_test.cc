// The promises of a LockFile to one process and its neighbours: the transcript
// the project started with, exclusion, refusals and their record, the owner
// record.

#include "lockfile/lock_file.h"

#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/file_testing.h"
#include "lockfile/testing/log_capture.h"

namespace lockfile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

static_assert(!std::is_copy_constructible_v<LockFile>);
static_assert(!std::is_copy_assignable_v<LockFile>);
static_assert(std::is_nothrow_move_constructible_v<LockFile>);
static_assert(std::is_nothrow_move_assignable_v<LockFile>);
static_assert(!std::is_default_constructible_v<LockFile>);

class LockFileTest : public ::testing::Test {
 protected:
  ScopedWorkingDirectory directory_;
};

// seed/zc.lockfile-1.0.0.txt, word for word.
TEST_F(LockFileTest, SeedTranscript) {
  // To create a lock, instantiate a LockFile object with a file name:
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok()) << lock.status();

  // If we try to lock the same name, we'll get a lock error:
  {
    LogCapture handler;
    EXPECT_TRUE(IsRefused(LockFile::Acquire("lock").status()));
    EXPECT_THAT(handler.Records(),
                ElementsAre("ERROR Error locking file lock; pid=UNKNOWN"));
  }

  // To release the lock, use it's close method:
  EXPECT_TRUE(lock->Close().ok());

  // The lock file is not removed.  It is left behind:
  EXPECT_TRUE(Exists("lock"));

  // Of course, now that we've released the lock, we can created it again:
  lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(lock->Close().ok());
}

TEST_F(LockFileTest, HoldsTheLockUntilClosed) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(lock->IsHeld());
  EXPECT_TRUE(IsLocked("lock"));
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_FALSE(lock->IsHeld());
  EXPECT_FALSE(IsLocked("lock"));
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_EQ(lock->path(), "lock");
}

TEST_F(LockFileTest, HoldsTheLockUntilDestroyed) {
  {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(IsLocked("lock"));
  }
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(LockFileTest, ClosingTwiceDoesNotReleaseAnothersLock) {
  absl::StatusOr<LockFile> first = LockFile::Acquire("lock");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->Close().ok());
  const absl::StatusOr<LockFile> second = LockFile::Acquire("lock");
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(first->Close().ok());
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(LockFileTest, MovingTakesTheLockAlong) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  LockFile moved = *std::move(lock);
  EXPECT_TRUE(moved.IsHeld());
  EXPECT_TRUE(IsLocked("lock"));
  // A lock that was moved from is as good as closed.
  EXPECT_FALSE(lock->IsHeld());     // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(lock->Close().ok());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(lock->path(), "");      // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(IsLocked("lock"));
  absl::StatusOr<LockFile> other = LockFile::Acquire("other");
  ASSERT_TRUE(other.ok());
  moved = *std::move(other);
  EXPECT_FALSE(IsLocked("lock"));
  EXPECT_TRUE(IsLocked("other"));
  EXPECT_EQ(moved.path(), "other");
}

TEST_F(LockFileTest, DifferentPathsAreIndependent) {
  const absl::StatusOr<LockFile> one = LockFile::Acquire("one");
  const absl::StatusOr<LockFile> other = LockFile::Acquire("other");
  EXPECT_TRUE(one.ok());
  EXPECT_TRUE(other.ok());
}

TEST_F(LockFileTest, RefusesAnotherProcess) {
  Child child([](Channel& channel) {
    channel.Receive();
    return IsRefused(LockFile::Acquire("lock").status()) ? 0 : 1;
  });
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  child.channel().Send("go");
  EXPECT_EQ(ExitStatus(child.Await()), 0);
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(LockFileTest, RefusesAnotherThread) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  absl::Status status;
  std::thread([&status] {
    status = LockFile::Acquire("lock").status();
  }).join();
  EXPECT_TRUE(IsRefused(status)) << status;
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(LockFileTest, AnyThreadMayClose) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  std::thread([&lock] { EXPECT_TRUE(lock->Close().ok()); }).join();
  EXPECT_FALSE(IsLocked("lock"));
}

TEST_F(LockFileTest, RefusesOtherNamesOfTheSameFile) {
  ASSERT_EQ(::mkdir("real", 0777), 0);
  ASSERT_EQ(::symlink("real", "linked"), 0);
  WriteFile("real/lock", "");
  ASSERT_EQ(::link("real/lock", "alias"), 0);
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("real/lock");
  ASSERT_TRUE(lock.ok());
  for (const std::string& name :
       {std::string("alias"), std::string("linked/lock"),
        std::string("./real/../real//lock"),
        absl::StrCat(directory_.path(), "/real/lock")}) {
    EXPECT_TRUE(IsRefused(LockFile::Acquire(name).status())) << name;
    EXPECT_TRUE(IsLocked("real/lock"));
  }
}

TEST_F(LockFileTest, SomebodyElsesOpenAndCloseReleasesNothing) {
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  (void)ReadFile("lock");
  WriteFile("lock", "written by somebody else\n");
  EXPECT_TRUE(IsLocked("lock"));
}

TEST_F(LockFileTest, RefusalChangesNothingInTheFile) {
  WriteFile("lock", "precious\n");
  ASSERT_EQ(::chmod("lock", 0640), 0);
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  struct stat before;
  ASSERT_EQ(::stat("lock", &before), 0);
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  EXPECT_TRUE(IsRefused(LockFile::Acquire("lock", options).status()));
  struct stat after;
  ASSERT_EQ(::stat("lock", &after), 0);
  EXPECT_EQ(ReadFile("lock"), "precious\n");
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
}

TEST_F(LockFileTest, AThousandCyclesUseTheSameFileAndLeakNothing) {
  ASSERT_TRUE(LockFile::Acquire("lock").ok());
  struct stat before;
  ASSERT_EQ(::stat("lock", &before), 0);
  const int descriptors = CountDescriptors();
  for (int i = 0; i < 1000; ++i) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    ASSERT_TRUE(lock.ok()) << lock.status();
    if (i % 100 == 0) {
      ASSERT_TRUE(IsRefused(LockFile::Acquire("lock").status()));
    }
    ASSERT_TRUE(lock->Close().ok());
  }
  EXPECT_EQ(CountDescriptors(), descriptors);
  struct stat after;
  ASSERT_EQ(::stat("lock", &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(LockFileTest, ARemovedFileIsCreatedAgain) {
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  ASSERT_TRUE(lock->Close().ok());
  ASSERT_EQ(::unlink("lock"), 0);
  lock = LockFile::Acquire("lock");
  EXPECT_TRUE(lock.ok());
  EXPECT_TRUE(Exists("lock"));
}

TEST_F(LockFileTest, CreatesTheFileByTheUmask) {
  const mode_t previous = ::umask(027);
  ASSERT_TRUE(LockFile::Acquire("lock").ok());
  ::umask(previous);
  struct stat status;
  ASSERT_EQ(::stat("lock", &status), 0);
  EXPECT_EQ(status.st_mode & 07777, mode_t{0640});
}

TEST_F(LockFileTest, LogsNothingOnSuccess) {
  LogCapture log;
  absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(lock->Close().ok());
  EXPECT_THAT(log.Records(), IsEmpty());
}

TEST_F(LockFileTest, LogsNoEnvironmentErrors) {
  LogCapture log;
  const absl::Status status = LockFile::Acquire("missing/lock").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_FALSE(IsRefused(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("create missing/lock"),
                    HasSubstr("No such file or directory")));
  EXPECT_THAT(log.Records(), IsEmpty());
}

TEST_F(LockFileTest, FailsMendsAndSucceeds) {
  ASSERT_FALSE(LockFile::Acquire("missing/lock").ok());
  ASSERT_EQ(::mkdir("missing", 0777), 0);
  EXPECT_TRUE(LockFile::Acquire("missing/lock").ok());
}

TEST_F(LockFileTest, LogsThePathAsGiven) {
  for (const std::string& path :
       {std::string("with space"), std::string("100%s%n"),
        std::string("\"quotes\" 'n such'"), std::string("back\\slash"),
        std::string("ünïcödé 錠"), std::string("./a/../relative"),
        std::string("; pid=1")}) {
    ::mkdir("a", 0777);
    const absl::StatusOr<LockFile> lock = LockFile::Acquire(path);
    ASSERT_TRUE(lock.ok()) << lock.status();
    LogCapture log;
    EXPECT_TRUE(IsRefused(LockFile::Acquire(path).status()));
    EXPECT_THAT(log.Records(),
                ElementsAre(absl::StrCat("ERROR Error locking file ", path,
                                         "; pid=UNKNOWN")));
  }
}

TEST_F(LockFileTest, APathCannotForgeARecord) {
  const std::string path = "a\nERROR forged\r\x1b[2J";
  const absl::StatusOr<LockFile> lock = LockFile::Acquire(path);
  ASSERT_TRUE(lock.ok()) << lock.status();
  LogCapture log;
  const absl::Status status = LockFile::Acquire(path).status();
  EXPECT_TRUE(IsRefused(status));
  EXPECT_EQ(std::string(status.message()).find('\n'), std::string::npos);
  EXPECT_THAT(log.Records(),
              ElementsAre("ERROR Error locking file a\\nERROR forged\\r\\x1b[2J"
                          "; pid=UNKNOWN"));
}

TEST_F(LockFileTest, RecordsTheOwnerOnceHoweverManyCycles) {
  const std::string record = absl::StrCat(::getpid(), "\n");
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  WriteFile("lock", "a much longer text that was there before\n");
  for (int i = 0; i < 10; ++i) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire("lock", options);
    ASSERT_TRUE(lock.ok()) << lock.status();
    EXPECT_EQ(ReadFile("lock"), record);
    ASSERT_TRUE(lock->Close().ok());
    EXPECT_EQ(ReadFile("lock"), record);
  }
  WriteFile("lock", "1\n");
  ASSERT_TRUE(LockFile::Acquire("lock", options).ok());
  EXPECT_EQ(ReadFile("lock"), record);
}

TEST_F(LockFileTest, DoesNotWriteARecordThatIsThere) {
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  ASSERT_TRUE(LockFile::Acquire("lock", options).ok());
  struct stat before;
  ASSERT_EQ(::stat("lock", &before), 0);
  ASSERT_TRUE(LockFile::Acquire("lock", options).ok());
  struct stat after;
  ASSERT_EQ(::stat("lock", &after), 0);
  EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(LockFileTest, ARefusalNamesTheRecordedHolder) {
  Child holder([](Channel& channel) {
    LockFileOptions options;
    options.owner_record = "{pid} {hostname}\n";
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock", options);
    channel.Send(lock.ok() ? "held" : "failed");
    channel.Receive();
    return 0;
  });
  ASSERT_EQ(holder.channel().Receive(), "held");
  LogCapture log;
  const absl::Status status = LockFile::Acquire("lock").status();
  EXPECT_TRUE(IsRefused(status));
  EXPECT_EQ(HolderPid(status), holder.pid());
  EXPECT_THAT(log.Records(),
              ElementsAre(absl::StrCat("ERROR Error locking file lock; pid=",
                                       holder.pid())));
}

// The record of a process that is gone, under a lock whose holder keeps none.
TEST_F(LockFileTest, ADeadProcessIsNotBelievedToBeTheHolder) {
  Child child([](Channel&) { return 0; });
  child.Await();
  WriteFile("lock", absl::StrCat(child.pid(), "\n"));
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  const absl::Status status = LockFile::Acquire("lock").status();
  EXPECT_TRUE(IsRefused(status));
  EXPECT_EQ(HolderPid(status), std::nullopt);
  char hostname[HOST_NAME_MAX + 1];
  ASSERT_EQ(::gethostname(hostname, sizeof(hostname)), 0);
  WriteFile("lock", absl::StrCat(child.pid(), " ", hostname, "\n"));
  EXPECT_EQ(HolderPid(LockFile::Acquire("lock").status()), std::nullopt);
  // Of another host's processes nothing is known.
  WriteFile("lock", absl::StrCat(child.pid(), " not-", hostname, "\n"));
  EXPECT_EQ(HolderPid(LockFile::Acquire("lock").status()), child.pid());
}

TEST_F(LockFileTest, ContentThatIsNoRecordNamesNobody) {
  const std::string pid = absl::StrCat(::getpid());
  const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
  ASSERT_TRUE(lock.ok());
  for (const std::string& content :
       {std::string("garbage"), std::string("\0\1\2\377", 4),
        std::string(5 << 20, '1'), pid + "\nERROR forged; pid=2\n",
        pid + "\n\n", "+" + pid, "0" + pid, std::string("0"), std::string("-1"),
        std::string("2147483648"), std::string("99999999999999999999"),
        pid + " host\nname", pid + "  host", pid + std::string(1, '\0'),
        "  " + pid, std::string(" \n")}) {
    WriteFile("lock", content);
    LogCapture log;
    EXPECT_EQ(HolderPid(LockFile::Acquire("lock").status()), std::nullopt);
    EXPECT_THAT(log.Records(),
                ElementsAre("ERROR Error locking file lock; pid=UNKNOWN"))
        << content.substr(0, 40);
    EXPECT_EQ(ReadFile("lock"), content);
  }
  // The same pid is believed in a clean record, as zc.lockfile writes it, too.
  for (const std::string& content :
       {pid, pid + "\n", " " + pid + "\n", pid + ";elsewhere\n"}) {
    WriteFile("lock", content);
    EXPECT_EQ(HolderPid(LockFile::Acquire("lock").status()), ::getpid());
  }
}

TEST_F(LockFileTest, RejectsAnImpossiblePathOrRecord) {
  EXPECT_EQ(LockFile::Acquire("").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LockFile::Acquire(absl::string_view("a\0b", 3)).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Exists("a"));
  LockFileOptions options;
  options.owner_record = "{PID} {pids}";
  EXPECT_EQ(LockFile::Acquire("lock", options).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Exists("lock"));
}

TEST_F(LockFileTest, DesignatedInitializersWork) {
  const absl::StatusOr<LockFile> lock =
      LockFile::Acquire("lock", {.wait = absl::Seconds(10)});
  EXPECT_TRUE(lock.ok());
}

TEST_F(LockFileTest, TheLockIsFreeWhenItsHolderDies) {
  for (const int signal : {SIGKILL, SIGABRT, 0}) {
    Child holder([](Channel& channel) {
      const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
      channel.Send(lock.ok() ? "held" : "failed");
      channel.Receive();
      return 0;
    });
    ASSERT_EQ(holder.channel().Receive(), "held");
    EXPECT_TRUE(IsLocked("lock"));
    if (signal == 0) {
      holder.channel().Send("leave by _exit, releasing nothing");
    } else {
      holder.Signal(signal);
    }
    holder.Await();
    EXPECT_FALSE(IsLocked("lock"));
    EXPECT_TRUE(LockFile::Acquire("lock").ok());
  }
}

TEST_F(LockFileTest, AStoppedHolderStillHolds) {
  Child holder([](Channel& channel) {
    const absl::StatusOr<LockFile> lock = LockFile::Acquire("lock");
    channel.Send(lock.ok() ? "held" : "failed");
    channel.Receive();
    return 0;
  });
  ASSERT_EQ(holder.channel().Receive(), "held");
  holder.Signal(SIGSTOP);
  EXPECT_TRUE(IsRefused(LockFile::Acquire("lock").status()));
  holder.Signal(SIGCONT);
}

// Many processes go for a new file at once: one wins, each time.
TEST_F(LockFileTest, OneOfManyWinsARace) {
  constexpr int kProcesses = 8;
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Child>> children;
    children.reserve(kProcesses);
    for (int i = 0; i < kProcesses; ++i) {
      children.push_back(std::make_unique<Child>([round](Channel& channel) {
        channel.Receive();
        const absl::StatusOr<LockFile> lock =
            LockFile::Acquire(absl::StrCat("lock", round));
        channel.Send(lock.ok()                  ? "held"
                     : IsRefused(lock.status()) ? "refused"
                                                : "failed");
        channel.Receive();
        return 0;
      }));
    }
    for (const auto& child : children) child->channel().Send("go");
    int held = 0;
    int refused = 0;
    for (const auto& child : children) {
      const std::string answer = child->channel().Receive();
      held += answer == "held" ? 1 : 0;
      refused += answer == "refused" ? 1 : 0;
    }
    EXPECT_EQ(held, 1);
    EXPECT_EQ(refused, kProcesses - 1);
  }
}

}  // namespace
}  // namespace lockfile
