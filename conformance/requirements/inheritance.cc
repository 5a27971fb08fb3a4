// Chapter Inheritance: what a forked child does to its parent's lock. Nothing.
//
// On Linux a forked child shares the open file description of a flock or OFD
// lock: if it unlocks its copy, the parent's lock is gone, and while it keeps
// its copy open the lock outlives the parent (flock(2), fcntl(2)). A POSIX
// record lock is not inherited at all.

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void LivingChildKeepsLock(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "idle");
  t.Note("the holder has a forked child");
  t.OutsiderMustBeRefused();
}

void ChildExitKeepsLock(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.AwaitChildEnd(t.Fork(holder, "a", "exit"));
  t.Note("a forked child of the holder has exited");
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  t.Note("the holder has released");
  t.OutsiderMustAcquire();
}

void ChildDeathKeepsLock(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.KillChild(t.Fork(holder, "a", "idle"));
  t.Note("a forked child of the holder was killed");
  t.OutsiderMustBeRefused();
}

void ChildReleaseKeepsLock(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "release");
  t.Note("a forked child of the holder has released its copy");
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  t.Note("the holder has released");
  t.OutsiderMustAcquire();
}

void ParentReleaseFrees(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "idle");
  t.MustRelease(holder);
  t.Note("the holder has released while its forked child lives");
  t.OutsiderMustAcquire();
  t.MustAcquire(holder);
  t.OutsiderMustBeRefused();
}

void ParentDeathFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "idle");
  t.Kill(holder, SIGKILL);
  t.Note("the holder was killed while its forked child lives");
  MustTakeOver(t, t.Outsider());
}

void ParentExitFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "idle");
  t.EndInput(holder);
  t.Note("the holder has exited while its forked child lives");
  MustTakeOver(t, t.Outsider());
}

// Of a contender that holds the lock of this path by the handle `a`.
void MustLeaveNothingToAProgram(Trial& t, int holder, const std::string& path) {
  t.Fork(holder, "a", "exec");
  t.Note("a child of the holder has executed another program");
  t.OutsiderMustBeRefused(path);
  t.Kill(holder, SIGKILL);
  t.Note("the holder was killed; the other program runs on");
  MustTakeOver(t, t.Outsider(), path);
}

void ExecedChildHoldsNothing(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  t.MustAcquire(holder);
  MustLeaveNothingToAProgram(t, holder, t.Path("lock"));
  if (!t.going() || !t.Can(kWait)) return;
  // One that was waited for may have been had in another way.
  const std::string path = t.Path("waited");
  const int first = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(first, "a", path);
  StartWaiting(t, waiter, LongWait(t), "waited");
  AwaitAsleep(t, waiter);
  t.MustRelease(first);
  {
    const Trial::Explains waits(t, "Waiting.HandOverIsPrompt");
    MustGet(t, waiter, "when the holder has released");
  }
  MustLeaveNothingToAProgram(t, waiter, path);
}

void ReleaseWithExecedChildFrees(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Fork(holder, "a", "exec");
  t.MustRelease(holder);
  t.Note("the holder has released; a program that it started runs on");
  t.OutsiderMustAcquire();
}

void ChildOfHolderIsRefused(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  const Answer answer = t.ForkAnswer(holder, "a", "acquire");
  t.Expect(answer.child_result == "busy",
           "a forked child of the holder that asks for the lock is refused "
           "(busy)",
           absl::StrCat("its answer was ", answer.child_result.empty()
                                               ? "nothing"
                                               : answer.child_result));
  t.OutsiderMustBeRefused();
}

void HostileSignalStateIsSurvived(Trial& t) {
  StartOptions hostile;
  hostile.hostile_signals = true;
  const int holder = t.Start(hostile);
  const int other = t.Start(hostile);
  t.Note(
      "both were started with SIGCHLD and SIGPIPE ignored, and SIGALRM, "
      "SIGUSR1, SIGCHLD and SIGTERM blocked");
  for (int i = 0; i < 3 && t.going(); ++i) {
    t.MustAcquire(holder);
    t.MustBeRefused(other);
    t.MustRelease(holder);
    t.MustAcquire(other);
    t.MustRelease(other);
  }
}

}  // namespace

std::vector<Requirement> InheritanceChapter() {
  return {
      {"Inheritance.LivingChildKeepsLock",
       Level::kMust,
       "A forked child that only lives takes nothing from its parent's lock.",
       "Every program that starts another one forks.",
       {kFork},
       &LivingChildKeepsLock,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Inheritance.ChildExitKeepsLock",
       Level::kMust,
       "A forked child's normal exit, destructors and finalizers included, "
       "keeps its parent's lock.",
       "Objects are destroyed in the child too; whatever they release there, "
       "the parent loses.",
       {kFork},
       &ChildExitKeepsLock,
       {"Inheritance.LivingChildKeepsLock"}},
      {"Inheritance.ChildDeathKeepsLock",
       Level::kMust,
       "A forked child's violent death keeps its parent's lock.",
       "Supervisors kill workers.",
       {kFork},
       &ChildDeathKeepsLock,
       {"Inheritance.LivingChildKeepsLock"}},
      {"Inheritance.ChildReleaseKeepsLock",
       Level::kMust,
       "A forked child that releases its copy releases nothing of its "
       "parent's.",
       "An unlock acts on the open file description, which parent and child "
       "share (flock(2)): zc.lockfile since 1.2.1, portalocker, aws-c-common "
       "1192, py-filelock 634.",
       {kFork},
       &ChildReleaseKeepsLock,
       {"Inheritance.LivingChildKeepsLock"}},
      {"Inheritance.ParentReleaseFrees",
       Level::kMust,
       "When the holder releases, the lock is free, also while a forked child "
       "lives.",
       "zc.lockfile issue 8: it only closed its descriptor, and the child kept "
       "the lock.",
       {kFork},
       &ParentReleaseFrees,
       {"Reacquisition.ByAnotherProcessAtOnce"}},
      {"Inheritance.ParentDeathFrees",
       Level::kShould,
       "When the holder is killed, the lock is free, also while a forked child "
       "that never executed anything lives.",
       "A killed server cannot be started again until its last worker is gone.",
       {kFork},
       &ParentDeathFrees,
       {"Crash.SigkillFrees"}},
      {"Inheritance.ParentExitFrees",
       Level::kShould,
       "When the holder exits, the lock is free, also while a forked child "
       "lives.",
       "A program that leaves a daemon behind leaves its lock held.",
       {kFork},
       &ParentExitFrees,
       {"Crash.ExitWithoutReleaseFrees", "Inheritance.ParentDeathFrees"}},
      {"Inheritance.ExecedChildHoldsNothing",
       Level::kMust,
       "A program that the holder started holds nothing when the holder dies.",
       "Without close-on-exec it inherits the descriptor (containers/storage "
       "59, materialize 11961).",
       {kFork},
       &ExecedChildHoldsNothing,
       {"Crash.SigkillFrees"}},
      {"Inheritance.ReleaseWithExecedChildFrees",
       Level::kMust,
       "A release frees the lock, also while a program that the holder started "
       "runs.",
       "As above.",
       {kFork},
       &ReleaseWithExecedChildFrees,
       {"Inheritance.ParentReleaseFrees",
        "Inheritance.ExecedChildHoldsNothing"}},
      {"Inheritance.ChildOfHolderIsRefused",
       Level::kMust,
       "A forked child of the holder that asks for the lock itself is refused.",
       "spack 52004: it found the parent's lock in its own memory and believed "
       "that it had it.",
       {kFork},
       &ChildOfHolderIsRefused,
       {"Inheritance.LivingChildKeepsLock"}},
      {"Inheritance.HostileSignalStateIsSurvived",
       Level::kMust,
       "Ignored and blocked signals that were inherited change nothing.",
       "util-linux 60cd48bd1: flock(1) hung where SIGCHLD was ignored.",
       {},
       &HostileSignalStateIsSurvived,
       {"Exclusion.SecondProcessIsRefused"}},
  };
}

}  // namespace conformance
