// Tests of the file model: what calls access, and how it keeps in step. No
// process is needed for it.

#include "conformance/explorer/tracing/file_model.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/made_calls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

constexpr pid_t kA = 100, kB = 200;  // processes of contenders a and b

std::string Show(const Footprint& footprint) { return footprint.ToString(); }

class FileModelTest : public ::testing::Test {
 protected:
  FileModelTest() {
    model_.Reset({});
    model_.Start(kA, 0);
    model_.Start(kB, 1);
  }

  std::string Do(pid_t process, const Call& call, int64_t result) {
    return Show(model_.Apply(process, call, result));
  }

  FileModel model_{"/dir"};
};

constexpr uint64_t kCreate = O_RDWR | O_CREAT | O_CLOEXEC;

TEST_F(FileModelTest, CreatingWritesTheNameAndOpeningReadsIt) {
  EXPECT_EQ(Do(kA, Open("lock", kCreate), 3), "folder name:lock!");
  EXPECT_EQ(Do(kB, Open("lock", kCreate), 3), "mode:a1 name:lock");
  EXPECT_EQ(Do(kB, Open("lock", kCreate | O_TRUNC), 4),
            "data:a1! meta:a1! mode:a1 name:lock");
  EXPECT_EQ(Do(kB, Open("lock", kCreate | O_EXCL), -EEXIST), "name:lock");
  EXPECT_EQ(Do(kB, Open("none", O_RDWR), -ENOENT), "name:none");
}

TEST_F(FileModelTest, FilesAreNumberedByTheirMakers) {
  Do(kA, Open("x", kCreate), 3);
  Do(kB, Open("y", kCreate), 3);
  Do(kA, Open("z", kCreate), 4);
  EXPECT_EQ(Do(kB, OnFd("fstat", 3), 0), "meta:b1");
  EXPECT_EQ(Do(kA, OnFd("fstat", 4), 0), "meta:a2");
  // In the other order they have the same names.
  model_.Reset({{"left", Entry::Kind::kFile, "", 0644}});
  Do(kB, Open("y", kCreate), 3);
  Do(kA, Open("x", kCreate), 3);
  EXPECT_EQ(Do(kB, OnFd("fstat", 3), 0), "meta:b1");
  EXPECT_EQ(Do(kA, OnName("newfstatat", "left"), 0), "meta:i0 name:left");
}

TEST_F(FileModelTest, AFileKeepsItsIdentityWhenItsNameGoes) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kB, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, OnName("unlinkat", "lock"), 0),
            "folder meta:a1! name:lock!");
  EXPECT_EQ(Do(kA, OnName("unlinkat", "lock"), -ENOENT), "name:lock");
  EXPECT_EQ(Do(kB, Flock(3, LOCK_EX | LOCK_NB), 0), "lock:a1!");
  Do(kA, Open("lock", kCreate), 4);
  EXPECT_EQ(Do(kA, Flock(4, LOCK_EX | LOCK_NB), 0), "lock:a2!");
}

TEST_F(FileModelTest, ARefusedLockOnlyLooks) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kB, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, Flock(3, LOCK_EX | LOCK_NB), 0), "lock:a1!");
  EXPECT_EQ(Do(kB, Flock(3, LOCK_EX | LOCK_NB), -EWOULDBLOCK), "lock:a1");
  EXPECT_EQ(Do(kB, Flock(3, LOCK_UN), 0), "lock:a1");
  EXPECT_EQ(Do(kA, Flock(3, LOCK_UN), 0), "lock:a1!");
}

TEST_F(FileModelTest, ForeseesWhoGetsALock) {
  const auto foresee = [this](pid_t process, int operation, int fd = 3) {
    Call call = Flock(fd, operation);
    call.blocking = (operation & (LOCK_NB | LOCK_UN)) == 0;
    return model_.Foresee(process, call);
  };
  Do(kA, Open("lock", kCreate), 3);
  Do(kB, Open("lock", kCreate), 3);
  EXPECT_EQ(foresee(kA, LOCK_EX), 0);
  EXPECT_EQ(foresee(kA, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(foresee(kA, LOCK_UN), 0);
  Do(kA, Flock(3, LOCK_SH), 0);
  EXPECT_EQ(foresee(kB, LOCK_SH | LOCK_NB), 0);
  EXPECT_EQ(foresee(kB, LOCK_EX | LOCK_NB), -EWOULDBLOCK);
  // It would wait, or give up another one first.
  EXPECT_EQ(foresee(kB, LOCK_EX), std::nullopt);
  EXPECT_EQ(foresee(kA, LOCK_EX | LOCK_NB), std::nullopt);
  Do(kA, Flock(3, LOCK_UN), 0);
  Do(kA, Flock(3, LOCK_EX), 0);
  EXPECT_EQ(foresee(kB, LOCK_SH | LOCK_NB), -EWOULDBLOCK);
  // Not of what it doesn't know, nor of what only the system knows.
  EXPECT_EQ(foresee(kB, LOCK_EX | LOCK_NB, 9), std::nullopt);
  EXPECT_EQ(foresee(kB, LOCK_MAND | LOCK_READ), std::nullopt);
  EXPECT_EQ(model_.Foresee(kB, Open("lock", kCreate)), std::nullopt);
  EXPECT_EQ(model_.Foresee(kB, OnName("unlinkat", "lock")), std::nullopt);
  EXPECT_EQ(model_.Foresee(kB, OnName("mkdirat", "lock.d")), std::nullopt);
}

// Told what was foreseen, a call touches at least what it really does.
TEST_F(FileModelTest, WhatIsForeseenTouchesNoLess) {
  Do(kA, Open("lock", kCreate), 3);
  for (const char* name : {"write", "ftruncate", "fallocate", "fchmod", "fsync",
                           "utimensat", "read", "fstat"}) {
    const Call call = OnFd(name, 3);
    const std::optional<int64_t> foreseen = model_.Foresee(kA, call);
    ASSERT_TRUE(foreseen.has_value()) << name;
    const std::string really = Do(kA, call, 1);
    EXPECT_EQ(Do(kA, call, *foreseen), really) << name;
  }
}

TEST_F(FileModelTest, AFailedConversionLosesTheLock) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_SH), 0);
  EXPECT_EQ(Do(kA, Flock(3, LOCK_EX | LOCK_NB), -EWOULDBLOCK), "lock:a1!");
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "");
}

TEST_F(FileModelTest, ClosingFreesOnlyWithTheLastDescriptor) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_EX), 0);
  EXPECT_EQ(Do(kA, Dup("dup", 3), 4), "");
  EXPECT_EQ(model_.OpenDescriptors(0), 2);
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "");
  EXPECT_EQ(Do(kA, OnFd("close", 4), 0), "lock:a1!");
  EXPECT_EQ(model_.OpenDescriptors(0), 0);
  // A descriptor without a lock is nobody's business.
  Do(kA, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "");
}

TEST_F(FileModelTest, AFailedCloseClosesToo) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_EX), 0);
  EXPECT_EQ(Do(kA, OnFd("close", 3), -EIO), "lock:a1!");
  EXPECT_EQ(model_.Find(kA, 3), nullptr);
}

TEST_F(FileModelTest, AChildSharesFlockButNotRecordLocks) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_EX), 0);
  Do(kA, Open("record", kCreate), 4);
  EXPECT_EQ(Do(kA, Fcntl(4, F_SETLK, F_WRLCK), 0), "lock:a2!");
  model_.Fork(kA, 101);
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "");
  EXPECT_EQ(Show(model_.End(101)), "lock:a1!");
  EXPECT_EQ(Show(model_.End(kA)), "lock:a2!");
}

TEST_F(FileModelTest, AnyCloseOfTheFileFreesARecordLock) {
  Do(kA, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, Fcntl(3, F_SETLK, F_WRLCK), 0), "lock:a1!");
  EXPECT_TRUE(model_.HasProcessLock(kA, model_.Find(kA, 3)->file.get()));
  Do(kA, Open("lock", kCreate), 4);
  EXPECT_EQ(Do(kA, OnFd("close", 4), 0), "lock:a1!");
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "");
}

TEST_F(FileModelTest, LocksOfDescriptionsGoWithThem) {
  Do(kA, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, Fcntl(3, F_OFD_SETLK, F_WRLCK), 0), "lock:a1!");
  Do(kA, Open("lock", kCreate), 4);
  EXPECT_EQ(Do(kA, OnFd("close", 4), 0), "");
  EXPECT_EQ(Do(kA, Fcntl(3, F_GETLK), 0), "lock:a1");
  EXPECT_EQ(Do(kA, OnFd("close", 3), 0), "lock:a1!");
}

TEST_F(FileModelTest, AnExecClosesWhatIsMarked) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_EX), 0);
  Do(kA, Dup("dup", 3), 4);  // without the mark
  EXPECT_EQ(Do(kA, Make("execve"), 0), "");
  EXPECT_EQ(model_.OpenDescriptors(0), 1);
  Call mark = Fcntl(4, F_SETFD);
  mark.args[2] = FD_CLOEXEC;
  Do(kA, mark, 0);
  EXPECT_EQ(Do(kA, Make("execve"), 0), "lock:a1!");
}

TEST_F(FileModelTest, ReplacedDescriptorsAreClosed) {
  Do(kA, Open("lock", kCreate), 3);
  Do(kA, Flock(3, LOCK_EX), 0);
  Do(kA, Open("other", kCreate), 4);
  EXPECT_EQ(Do(kA, Dup("dup3", 3, 3), -EINVAL), "");
  EXPECT_EQ(Do(kA, Dup("dup3", 4, 3), 3), "lock:a1!");
  Call range = Make("close_range");
  range.args = {3, UINT32_MAX, CLOSE_RANGE_CLOEXEC};
  EXPECT_EQ(Do(kA, range, 0), "");
  EXPECT_EQ(model_.OpenDescriptors(0), 2);
  range.args[2] = 0;
  Do(kA, range, 0);
  EXPECT_EQ(model_.OpenDescriptors(0), 0);
}

TEST_F(FileModelTest, AnswersGoWhereDescriptorOneGoes) {
  EXPECT_TRUE(model_.Find(kA, 1)->answers());
  Do(kA, Dup("dup", 1), 5);
  EXPECT_TRUE(model_.Find(kA, 5)->answers());
  Do(kA, OnFd("close", 1), 0);
  EXPECT_EQ(model_.Find(kA, 1), nullptr);
  EXPECT_FALSE(model_.HasDescriptors(kA));
}

TEST_F(FileModelTest, RenameReplaces) {
  Do(kA, Open("new", kCreate), 3);
  Do(kB, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, OnName("renameat2", "new", "lock"), 0),
            "folder meta:a1! meta:b1! name:lock! name:new!");
  EXPECT_THAT(model_.Names(), ::testing::ElementsAre("lock"));
  EXPECT_EQ(Do(kB, OnName("newfstatat", "lock"), 0), "meta:a1 name:lock");
  EXPECT_EQ(Do(kA, OnName("renameat2", "new", "lock"), -ENOENT),
            "name:lock name:new");
}

TEST_F(FileModelTest, RenamingAFolderMovesWhatIsInIt) {
  Do(kA, OnName("mkdirat", "d"), 0);
  Do(kA, Open("d/x", kCreate), 3);
  Do(kA, OnName("renameat2", "d", "e"), 0);
  EXPECT_THAT(model_.Names(), ::testing::ElementsAre("e", "e/x"));
}

TEST_F(FileModelTest, LinksShareAFile) {
  Do(kA, Open("own", kCreate), 3);
  EXPECT_EQ(Do(kA, OnName("linkat", "own", "lock"), 0),
            "folder meta:a1! name:lock! name:own");
  EXPECT_EQ(Do(kB, OnName("linkat", "own", "lock"), -EEXIST),
            "name:lock name:own");
  EXPECT_EQ(Do(kB, OnName("newfstatat", "lock"), 0), "meta:a1 name:lock");
}

TEST_F(FileModelTest, SymbolicLinksAreFollowed) {
  Call link = OnName("symlinkat", "lock");
  link.path = "target";
  EXPECT_EQ(Do(kA, link, 0), "folder name:lock!");
  EXPECT_EQ(Do(kA, Open("lock", kCreate), 3), "folder name:lock name:target!");
  EXPECT_EQ(Do(kA, Open("lock", kCreate | O_NOFOLLOW), -ELOOP),
            "mode:a1 name:lock");
  // Unlinking takes the link.
  Do(kA, OnName("unlinkat", "lock"), 0);
  EXPECT_THAT(model_.Names(), ::testing::ElementsAre("target"));
}

TEST_F(FileModelTest, AListingDependsOnEveryChange) {
  Do(kA, Open(".", O_RDONLY), 3);
  EXPECT_EQ(Do(kA, OnFd("getdents64", 3), 100), "folder!");
  EXPECT_EQ(Do(kB, OnName("mkdirat", "d"), 0), "folder name:d!");
  EXPECT_EQ(Do(kB, OnName("unlinkat", "d"), 0), "folder meta:b1! name:d!");
}

TEST_F(FileModelTest, ContentsAndTimes) {
  Do(kA, Open("lock", kCreate), 3);
  EXPECT_EQ(Do(kA, OnFd("write", 3), 5), "data:a1! meta:a1!");
  EXPECT_EQ(Do(kA, OnFd("write", 3), -ENOSPC), "data:a1 meta:a1");
  EXPECT_EQ(Do(kA, OnFd("read", 3), 5), "data:a1");
  EXPECT_EQ(Do(kA, OnFd("ftruncate", 3), 0), "data:a1! meta:a1!");
  EXPECT_EQ(Do(kA, OnFd("fchmod", 3), 0), "meta:a1! mode:a1!");
  EXPECT_EQ(Do(kA, OnFd("fsync", 3), 0), "");
  EXPECT_EQ(Do(kB, OnName("truncate", "lock"), 0),
            "data:a1! meta:a1! name:lock");
}

TEST_F(FileModelTest, KnowsWhatHasChangedSinceTimePassed) {
  const auto unchanged = [&](absl::string_view name) {
    const FileModel::File* const file =
        model_.FileOf(kA, OnName("newfstatat", name));
    return file != nullptr && file->was_there && file->unchanged;
  };
  const auto start = [&](bool old) {
    Entry entry;
    entry.name = "lock";
    entry.old = old;
    model_.Reset({entry});
    Do(kA, Open("lock", kCreate), 3);
  };
  start(/*old=*/false);
  EXPECT_FALSE(unchanged("lock"));
  EXPECT_EQ(model_.Foresee(kA, OnName("newfstatat", "lock")), 0);
  model_.Age();
  EXPECT_TRUE(unchanged("lock"));
  // Its result isn't the system's.
  EXPECT_EQ(model_.Foresee(kA, OnName("newfstatat", "lock")), std::nullopt);
  Do(kB, Open("new", kCreate), 3);
  EXPECT_FALSE(unchanged("new"));
  for (const Call& change :
       {OnFd("write", 3), OnFd("ftruncate", 3), OnFd("fchmod", 3),
        OnName("chmod", "lock"), OnName("utimensat", "lock"),
        OnName("linkat", "lock", "other"), OnName("renameat2", "lock", "other"),
        Open("lock", kCreate | O_TRUNC)}) {
    start(/*old=*/true);
    EXPECT_TRUE(unchanged("lock"));
    Do(kA, change, -EIO);
    EXPECT_TRUE(unchanged("lock")) << change.type->name;
    Do(kA, change, change.operation() == Operation::kOpen ? 4 : 0);
    EXPECT_FALSE(unchanged("lock")) << change.type->name;
    EXPECT_FALSE(unchanged("other")) << change.type->name;
  }
  // Nothing of that changes it.
  start(/*old=*/true);
  for (const Call& other :
       {OnFd("read", 3), Flock(3, LOCK_EX), OnFd("fsync", 3),
        OnName("newfstatat", "lock"), OnFd("close", 3)}) {
    Do(kA, other, 0);
    EXPECT_TRUE(unchanged("lock")) << other.type->name;
  }
}

TEST_F(FileModelTest, LivesOfContenders) {
  Call kill = Make("kill");
  kill.actor = 1;
  EXPECT_EQ(Do(kA, kill, 0), "process:b");
  kill.command = 9;
  EXPECT_EQ(Do(kA, kill, 0), "process:b!");
}

}  // namespace
}  // namespace conformance::explorer
