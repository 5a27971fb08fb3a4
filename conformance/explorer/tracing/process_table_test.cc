// Contenders that start, have children and threads, execute, crash and end, as
// rows of the table. None of these processes exists.

#include "conformance/explorer/tracing/process_table.h"

#include <sys/syscall.h>
#include <sys/types.h>

#include <optional>
#include <vector>

#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr pid_t kMain = 1'000'001;
constexpr pid_t kChild = 1'000'002;
constexpr pid_t kThread = 1'000'003;
constexpr pid_t kOther = 1'000'004;

// Contender a, in a process with one thread.
class ProcessTableTest : public testing::Test {
 protected:
  ProcessTableTest() {
    table_.Renew(0);
    table_.Start(0, kMain);
  }

  void AddChild() {
    table_.AddProcess(kChild, kMain);
    table_.AddTask(kChild, kChild);
  }
  void AddThread() { table_.AddTask(kThread, kMain); }

  // Has the thread stand before a visible call of this name.
  void Stand(pid_t tid, int number) {
    Task& task = *table_.FindTask(tid);
    task.state = Task::State::kAtCall;
    task.call.type = FindCallType(number);
    table_.ActorOf(task).pending.push_back(tid);
  }

  ProcessTable table_;
};

TEST_F(ProcessTableTest, AContenderLivesFromItsStart) {
  EXPECT_TRUE(table_.Lives(0));
  EXPECT_FALSE(table_.Lives(1));
  EXPECT_FALSE(table_.IsCopy(0));
  EXPECT_THAT(table_.MainProcesses(0), ElementsAre(kMain, kMain));
  EXPECT_THAT(table_.MainProcesses(1), IsEmpty());
  EXPECT_THAT(table_.Threads(), ElementsAre(kMain));
  EXPECT_EQ(table_.AnyTask(0), table_.FindTask(kMain));
  EXPECT_EQ(table_.Find(1), nullptr);
}

TEST_F(ProcessTableTest, ARowIsRenewed) {
  table_.Find(0)->copied = true;
  EXPECT_TRUE(table_.IsCopy(0));
  table_.Remove(kMain);
  table_.Renew(0);
  EXPECT_FALSE(table_.Lives(0));
  EXPECT_FALSE(table_.IsCopy(0));
  table_.Start(0, kOther);
  EXPECT_TRUE(table_.Lives(0));
  EXPECT_THAT(table_.ProcessesOf(0), ElementsAre(kOther));
}

TEST_F(ProcessTableTest, AProcessGoesWithTheLastOfItsThreads) {
  AddThread();
  EXPECT_EQ(table_.Find(0)->tasks, 2);
  EXPECT_EQ(table_.FindProcess(kMain)->tasks, 2);
  EXPECT_FALSE(table_.HasHelpers(0));  // it is a thread, and no process
  EXPECT_EQ(table_.Remove(kThread).process, kMain);
  EXPECT_NE(table_.FindProcess(kMain), nullptr);
  EXPECT_EQ(table_.Remove(kMain).process, kMain);
  EXPECT_EQ(table_.FindProcess(kMain), nullptr);
  EXPECT_THAT(table_.Threads(), IsEmpty());
}

TEST_F(ProcessTableTest, AChildBelongsToTheSameContenderAndFolder) {
  table_.FindProcess(kMain)->directory = "/a/folder";
  AddChild();
  EXPECT_TRUE(table_.HasHelpers(0));
  EXPECT_EQ(table_.FindTask(kChild)->actor, ActorId(0));
  EXPECT_EQ(table_.FindProcess(kChild)->directory, "/a/folder");
  EXPECT_THAT(table_.ProcessesOf(0), ElementsAre(kMain, kChild));
  // If the child locks, its parent is the helper.
  table_.Find(0)->locking = kChild;
  EXPECT_TRUE(table_.HasHelpers(0));
  table_.Remove(kMain);
  EXPECT_FALSE(table_.HasHelpers(0));
  EXPECT_EQ(table_.AnyTask(0)->tid, kChild);
}

TEST_F(ProcessTableTest, APendingCallIsThatOfTheFirstThreadInLine) {
  AddThread();
  EXPECT_EQ(table_.Pending(0), nullptr);
  EXPECT_EQ(table_.Front(0), nullptr);
  Stand(kThread, SYS_close);
  Stand(kMain, SYS_flock);
  ASSERT_NE(table_.Pending(0), nullptr);
  EXPECT_EQ(table_.Pending(0)->type->name, "close");
  EXPECT_EQ(table_.Front(0)->tid, kThread);
  table_.Remove(kThread);  // it is killed there
  ASSERT_NE(table_.Pending(0), nullptr);
  EXPECT_EQ(table_.Pending(0)->type->name, "flock");
}

TEST_F(ProcessTableTest, ACommandIsNewToAllThreads) {
  AddThread();
  for (Task* const task : table_.TasksOf(0)) task->visited = true;
  table_.BeginCommand(1);
  EXPECT_TRUE(table_.FindTask(kMain)->visited);
  table_.BeginCommand(0);
  EXPECT_FALSE(table_.FindTask(kMain)->visited);
  EXPECT_FALSE(table_.FindTask(kThread)->visited);
}

TEST_F(ProcessTableTest, AThreadThatExecutesIsTheOnlyOneAfterwards) {
  AddChild();
  AddThread();
  Stand(kMain, SYS_close);
  table_.FindTask(kThread)->visited = true;
  const Task& now = table_.Execute(kMain, kThread);
  EXPECT_EQ(now.tid, kMain);
  EXPECT_TRUE(now.visited);  // that of the thread
  EXPECT_EQ(table_.Pending(0), nullptr);
  EXPECT_THAT(table_.Threads(), ElementsAre(kMain, kChild));
  EXPECT_EQ(table_.Find(0)->tasks, 2);
  EXPECT_EQ(table_.FindProcess(kMain)->tasks, 1);
  // The main thread itself, as nearly always.
  EXPECT_EQ(&table_.Execute(kMain, kMain), table_.FindTask(kMain));
  EXPECT_EQ(table_.Find(0)->tasks, 2);
}

TEST_F(ProcessTableTest, SurvivorsAreAllButTheProcessThatLocks) {
  AddChild();
  Stand(kChild, SYS_close);
  Stand(kMain, SYS_flock);
  EXPECT_FALSE(table_.HasSurvivors(0));
  table_.LeaveSurvivors(0);
  const ActorId survivors = ActorId::SurvivorsOf(0);
  EXPECT_TRUE(table_.HasSurvivors(0));
  EXPECT_FALSE(table_.HasHelpers(0));
  EXPECT_THAT(table_.ProcessesOf(0), ElementsAre(kMain));
  EXPECT_THAT(table_.ProcessesOf(survivors), ElementsAre(kChild));
  EXPECT_EQ(table_.Pending(0)->type->name, "flock");
  EXPECT_EQ(table_.Pending(survivors)->type->name, "close");
  // A child that has come up since.
  table_.AddProcess(kOther, kMain);
  table_.AddTask(kOther, kOther);
  table_.SetSurvivorsApart(0);
  EXPECT_THAT(table_.ProcessesOf(survivors), ElementsAre(kChild, kOther));
  EXPECT_EQ(table_.Find(survivors)->tasks, 2);
  table_.Remove(kChild);
  table_.Remove(kOther);
  EXPECT_FALSE(table_.HasSurvivors(0));
}

TEST_F(ProcessTableTest, AnOwnerIsFoundOfTheDead) {
  AddChild();
  table_.Find(0)->locking = kChild;
  EXPECT_EQ(table_.OwnerOf(kChild), ActorId(0));
  table_.Remove(kChild);
  EXPECT_EQ(table_.OwnerOf(kChild), ActorId(0));
  EXPECT_EQ(table_.OwnerOf(kOther), std::nullopt);
  // Numbers are used again.
  table_.Renew(1);
  table_.Start(1, kChild);
  EXPECT_EQ(table_.OwnerOf(kChild), ActorId(1));
}

TEST_F(ProcessTableTest, AnEndIsThatOfItsMainProcesses) {
  AddChild();
  Actor& actor = *table_.Find(0);
  actor.locking = kChild;
  EXPECT_FALSE(table_.HasEnded(actor));
  actor.input_ended = true;
  table_.Remove(kMain);
  EXPECT_FALSE(table_.HasEnded(actor));
  table_.Remove(kChild);
  EXPECT_TRUE(table_.HasEnded(actor));
  // One whose input goes on has ended when either of them has.
  actor.input_ended = false;
  EXPECT_FALSE(table_.HasEnded(actor));
  actor.lives = false;
  EXPECT_TRUE(table_.HasEnded(actor));
}

TEST_F(ProcessTableTest, AForgottenContenderLeavesNoRow) {
  table_.Forget(0);
  EXPECT_EQ(table_.Find(0), nullptr);
  EXPECT_EQ(table_.OwnerOf(kMain), std::nullopt);
  EXPECT_THAT(table_.Actors(), IsEmpty());
  EXPECT_THAT(table_.Threads(), IsEmpty());
}

}  // namespace
}  // namespace conformance::explorer
