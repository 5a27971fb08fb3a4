// Tests of the faults that are offered at a call.

#include "conformance/explorer/execution/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

Call Make(absl::string_view name) {
  Call call;
  for (const CallType& type : CallTypes()) {
    if (type.name == name) call.type = &type;
  }
  return call;
}

std::vector<int> Partials(uint64_t size) {
  Call write = Make("write");
  write.args[2] = size;
  std::vector<int> partials;
  for (const Step& step : FailuresAt(1, write)) {
    EXPECT_EQ(step.actor, 1);
    EXPECT_EQ(step.kind, Step::Kind::kFail);
    if (step.error == 0) partials.push_back(step.partial);
  }
  return partials;
}

TEST(FaultsTest, AWriteIsCutInEveryWayOnce) {
  using ::testing::ElementsAre;
  EXPECT_THAT(Partials(10), ElementsAre(0, 1, Step::kAllButOne));
  EXPECT_THAT(Partials(2), ElementsAre(0, 1));
  EXPECT_THAT(Partials(1), ElementsAre());
}

TEST(FaultsTest, LockingFailsInEveryWayButByAnother) {
  Call flock = Make("flock");
  for (const int error : {EINTR, ENOLCK, EIO, ENOSYS, EOPNOTSUPP}) {
    EXPECT_THAT(ErrorsOf(flock), ::testing::Contains(error));
    EXPECT_THAT(ErrorsOf(Make("fcntl")), ::testing::Contains(error));
  }
  EXPECT_THAT(ErrorsOf(flock),
              ::testing::Not(::testing::Contains(EWOULDBLOCK)));
  EXPECT_THAT(ErrorsOf(Make("link")), ::testing::Contains(EOPNOTSUPP));
  EXPECT_THAT(ErrorsOf(Make("mkdir")), ::testing::Contains(EPERM));
  EXPECT_THAT(ErrorsOf(Make("kill")), ::testing::ElementsAre(EPERM));
}

TEST(FaultsTest, WhatMayMeanAnotherIsNoPlainError) {
  Call flock = Make("flock");
  flock.command = LOCK_EX | LOCK_NB;
  EXPECT_TRUE(SaysNothingOfOthers(flock, ENOLCK));
  EXPECT_TRUE(SaysNothingOfOthers(flock, ENOSYS));
  EXPECT_FALSE(SaysNothingOfOthers(flock, EWOULDBLOCK));
  EXPECT_FALSE(SaysNothingOfOthers(flock, EINTR));
  flock.command = LOCK_UN;
  EXPECT_FALSE(SaysNothingOfOthers(flock, EIO));
  Call open = Make("open");
  EXPECT_FALSE(SaysNothingOfOthers(open, EMFILE));
  open.flags = O_CREAT | O_EXCL;
  EXPECT_TRUE(SaysNothingOfOthers(open, EMFILE));
  EXPECT_FALSE(SaysNothingOfOthers(open, EACCES));
  EXPECT_TRUE(SaysNothingOfOthers(Make("mkdir"), ENOSPC));
  EXPECT_FALSE(SaysNothingOfOthers(Make("mkdir"), EEXIST));
  // One that can't look knows nothing, and may well say that it is busy.
  EXPECT_FALSE(SaysNothingOfOthers(Make("kill"), EPERM));
  EXPECT_FALSE(SaysNothingOfOthers(Make("stat"), EIO));
}

TEST(FaultsTest, WhatAFileSystemMayNotHave) {
  using ::testing::Contains;
  using ::testing::Not;
  EXPECT_THAT(ErrorsOf(Make("linkat")), Contains(EPERM));
  Call rename = Make("renameat2");
  EXPECT_THAT(ErrorsOf(rename), Not(Contains(EINVAL)));
  rename.flags = 1;  // RENAME_NOREPLACE
  EXPECT_THAT(ErrorsOf(rename), Contains(EINVAL));
  Call open = Make("openat");
  open.flags = O_DIRECTORY | O_CREAT;
  EXPECT_THAT(ErrorsOf(open), Not(Contains(EOPNOTSUPP)));
  open.flags = O_TMPFILE | O_RDWR;
  EXPECT_THAT(ErrorsOf(open), Contains(EOPNOTSUPP));
}

TEST(FaultsTest, OnlyWhoWaitsForALockOfItsProcessIsDeadlocked) {
  using ::testing::Contains;
  using ::testing::Not;
  Call lock = Make("fcntl");
  lock.command = F_SETLK;
  EXPECT_THAT(ErrorsOf(lock), Not(Contains(EDEADLK)));
  lock.command = F_SETLKW;  // to unlock
  EXPECT_THAT(ErrorsOf(lock), Not(Contains(EDEADLK)));
  lock.blocking = true;
  EXPECT_THAT(ErrorsOf(lock), Contains(EDEADLK));
  lock.command = F_OFD_SETLKW;
  EXPECT_THAT(ErrorsOf(lock), Not(Contains(EDEADLK)));
}

TEST(FaultsTest, CrashesComeBeforeAndAfter) {
  EXPECT_EQ(CrashesAt(0, Make("openat")).size(), 2U);
  EXPECT_EQ(CrashesAt(0, Make("exit_group")).size(), 1U);
}

}  // namespace
}  // namespace conformance::explorer
