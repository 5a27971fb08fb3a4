// Calls that another contender could notice, and calls that none could, by
// what their maker has open and has been told.

#include "conformance/explorer/tracing/visibility.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>

#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/made_calls.h"
#include "conformance/explorer/tracing/process_table.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

constexpr pid_t kMain = 1'000'001;  // no process has these numbers
constexpr pid_t kChild = 1'000'002;
constexpr pid_t kThread = 1'000'003;
constexpr int kOpened = 3;

class VisibilityTest : public testing::Test {
 protected:
  VisibilityTest() {
    table_.Renew(0);
    table_.Start(0, kMain);
    model_.Start(kMain, 0);
    model_.Reset({});
  }

  bool Visible(const Call& call, pid_t tid = kMain) {
    Task& task = *table_.FindTask(tid);
    task.call = call;
    const FileModel::Description* const target =
        call.fd >= 0 ? model_.Find(task.process, call.fd) : nullptr;
    return IsVisible(task, target, table_, model_);
  }
  void OpenTheLock() {
    model_.Apply(kMain, Open("lock", O_CREAT | O_RDWR), kOpened);
  }

  ProcessTable table_;
  FileModel model_{"/folder"};
};

TEST_F(VisibilityTest, PathsInTheFolderAre) {
  EXPECT_TRUE(Visible(Open("lock", O_RDWR)));
  EXPECT_TRUE(Visible(OnName("unlink", "lock")));
  EXPECT_FALSE(Visible(Make("openat")));  // of something elsewhere
}

TEST_F(VisibilityTest, DescriptorsOfTheFolderAre) {
  EXPECT_FALSE(Visible(OnFd("close", kOpened)));
  EXPECT_FALSE(Visible(Flock(kOpened, LOCK_EX)));
  OpenTheLock();
  EXPECT_TRUE(Visible(OnFd("close", kOpened)));
  EXPECT_TRUE(Visible(Flock(kOpened, LOCK_EX)));
  EXPECT_TRUE(Visible(Fcntl(kOpened, F_SETLK)));
  EXPECT_FALSE(Visible(Fcntl(kOpened, F_GETFD)));
}

TEST_F(VisibilityTest, DescriptorsThatAreReplacedAre) {
  EXPECT_FALSE(Visible(Dup("dup2", 9, kOpened)));
  OpenTheLock();
  EXPECT_TRUE(Visible(Dup("dup2", 9, kOpened)));
  EXPECT_FALSE(Visible(Dup("dup2", kOpened, 9)));
}

TEST_F(VisibilityTest, SleepsAreAfterAVisibleCall) {
  const Call nap = Make("nanosleep");
  EXPECT_FALSE(Visible(nap));
  table_.FindTask(kMain)->visited = true;
  EXPECT_TRUE(Visible(nap));
  table_.BeginCommand(0);
  EXPECT_FALSE(Visible(nap));
  table_.Find(0)->input_ended = true;
  EXPECT_TRUE(Visible(nap));
}

TEST_F(VisibilityTest, SleepsOfSurvivorsAre) {
  table_.AddProcess(kChild, kMain);
  table_.AddTask(kChild, kChild);
  EXPECT_FALSE(Visible(Make("nanosleep"), kChild));
  table_.LeaveSurvivors(0);
  EXPECT_TRUE(Visible(Make("nanosleep"), kChild));
}

TEST_F(VisibilityTest, EndsThatCloseDescriptorsAre) {
  EXPECT_FALSE(Visible(Make("exit_group")));
  EXPECT_FALSE(Visible(Make("execve")));
  OpenTheLock();
  EXPECT_TRUE(Visible(Make("exit_group")));
  EXPECT_TRUE(Visible(Make("execve")));
  // Not the end of one thread of several.
  EXPECT_TRUE(Visible(Make("exit")));
  table_.AddTask(kThread, kMain);
  EXPECT_FALSE(Visible(Make("exit")));
}

TEST_F(VisibilityTest, EndsOfMainProcessesAreWhenTheInputHasEnded) {
  table_.AddProcess(kChild, kMain);
  table_.AddTask(kChild, kChild);
  table_.Find(0)->input_ended = true;
  EXPECT_TRUE(Visible(Make("exit_group")));
  EXPECT_FALSE(Visible(Make("exit_group"), kChild));
}

TEST_F(VisibilityTest, KillsOfOtherContendersAre) {
  Call kill = Make("kill");
  EXPECT_FALSE(Visible(kill));
  kill.actor = ActorId(1);
  EXPECT_TRUE(Visible(kill));
}

}  // namespace
}  // namespace conformance::explorer
