// Chapter Waiting: waits that stops, signals and a removed file disturb, and
// that disturb nothing themselves.

#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void StoppedWaiterGoesOn(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  StartWaiting(t, waiter, LongWait(t));
  AwaitAsleep(t, waiter);
  for (int i = 0; i < 3; ++i) {
    t.Stop(waiter);
    t.Signal(waiter, SIGCONT);
  }
  t.MustRelease(holder);
  t.Note("the waiter was stopped and continued, and the holder has released");
  const Trial::Explains granted(t, "Waiting.HandOverIsPrompt");
  MustGet(t, waiter, "in the end");
}

void StoppedBeyondDeadline(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  constexpr absl::Duration kWait = absl::Milliseconds(150);
  const absl::Duration deadline = MonotonicNow() + kWait;
  StartWaiting(t, waiter, kWait);
  AwaitAsleep(t, waiter);
  t.Stop(waiter);
  t.PauseUntil(deadline + absl::Milliseconds(20));
  t.Signal(waiter, SIGCONT);
  t.Note("the waiter was stopped until after its deadline");
  MustTimeOut(t, waiter, "when it goes on");
  t.MustRelease(holder);
  t.OutsiderMustAcquire();
}

// Caught signals rain on a waiter; its wait is neither cut short nor lost.
void SignalStorm(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.Ask(waiter, CatchCommand());
  t.MustAcquire(holder);
  constexpr absl::Duration kWait = absl::Milliseconds(250);
  const absl::Duration begin = MonotonicNow();
  StartWaiting(t, waiter, kWait);
  RainSignals(t, waiter, begin + t.deadline());
  MustTimeOut(t, waiter, "when its time is up");
  const absl::Duration took = MonotonicNow() - begin;
  t.Expect(WasNotEarly(took, kWait),
           "signals do not end a wait before its time",
           absl::StrCat("it ended after ", InMilliseconds(took)));
  StartWaiting(t, waiter, LongWait(t));
  RainSignals(t, waiter, MonotonicNow() + absl::Milliseconds(100));
  const Trial::Explains granted(t, "Waiting.HandOverIsPrompt");
  t.MustRelease(holder);
  MustGet(t, waiter, "when the holder has released");
}

void SignalsDuringCycles(Trial& t) {
  const int who = t.Start();
  t.Ask(who, CatchCommand());
  t.Note("signals that A catches rain on it while it acquires and releases");
  for (int i = 0; i < 150 && t.going(); ++i) {
    for (const bool acquire : {true, false}) {
      t.Send(who, acquire ? AcquireCommand("a", t.Path("lock"))
                          : ReleaseCommand("a"));
      for (int signals = 0; signals < 50 && !t.HasAnswer(who); ++signals) {
        ::kill(t.pid(who), SIGUSR1);
      }
      const Answer answer = t.Await(who);
      t.Expect(
          answer.is(acquire ? AnswerKind::kAcquired : AnswerKind::kReleased),
          acquire ? "A acquires" : "A releases",
          absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                       answer.message));
    }
  }
}

void StopsDuringCycles(Trial& t) {
  const int who = t.Start();
  t.Note("A is stopped and continued while it acquires and releases");
  for (int i = 0; i < 20 && t.going(); ++i) {
    // At another moment of the attempt each time.
    const auto moment = [&] {
      t.Pause(absl::Microseconds(t.random()() % 2000));
    };
    t.Send(who, AcquireCommand("a", t.Path("lock")));
    moment();
    t.Stop(who);
    t.Signal(who, SIGCONT);
    MustGet(t, who, "a free lock");
    t.OutsiderMustBeRefused();
    t.Send(who, ReleaseCommand("a"));
    moment();
    t.Stop(who);
    t.Signal(who, SIGCONT);
    const Answer answer = t.Await(who);
    t.Expect(answer.is(AnswerKind::kReleased), "A releases",
             absl::StrCat("it answered ", AnswerKindName(answer.kind)));
  }
}

// A holds, B waits for it, the file is removed, C locks a new one, A releases:
// what B gets then is the lock of a file that is gone.
void RemovedWhileWaiting(Trial& t) {
  const int old_holder = t.Start();
  const int waiter = t.Start();
  const int newcomer = t.Start();
  t.MustAcquire(old_holder);
  StartWaiting(t, waiter, absl::Milliseconds(400));
  AwaitAsleep(t, waiter);
  t.Remove(t.PlaceOf("lock"));
  t.Note("the file was removed while A held it and B waited for it");
  const Answer answer = t.Ask(newcomer, AcquireCommand("a", t.Path("lock")));
  if (answer.is(AnswerKind::kBusy)) {
    // A waiter that looks at the path as it waits may have been faster, and
    // have locked a new file itself. Or A holds still, by something else than
    // the file, and B waits in vain.
    const Answer waited = t.Await(waiter);
    t.Ask(old_holder, ReleaseCommand("a"));
    if (waited.is(AnswerKind::kAcquired)) {
      t.Note("A has released, and B holds the file that is there now");
      t.MustBeRefused(newcomer);
      t.MustRelease(waiter);
    } else {
      t.Expect(waited.is(AnswerKind::kBusy),
               "B acquires what C was refused, or is refused (busy), too",
               absl::StrCat("it answered ", AnswerKindName(waited.kind), " ",
                            waited.message));
      t.Note("A has released, and B and C were refused before");
    }
    t.OutsiderMustAcquire();
    return;
  }
  t.Expect(answer.is(AnswerKind::kAcquired),
           "C acquires: nobody holds the file of that name",
           absl::StrCat("it answered ", AnswerKindName(answer.kind)));
  // That there was nothing left to release is an honest answer, too.
  t.Ask(old_holder, ReleaseCommand("a"));
  t.Note("A has released, and C holds the file that is there now");
  MustTimeOut(t, waiter, "as long as C holds");
  t.MustRelease(newcomer);
  t.OutsiderMustAcquire();
}

void WaitingDisturbsNothing(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  const std::string place = t.PlaceOf("lock");
  const FileFacts before = t.Facts(place);
  StartWaiting(t, waiter, absl::Milliseconds(200));
  MustTimeOut(t, waiter, "when its time is up");
  const FileFacts after = t.Facts(place);
  t.Expect(before.inode == after.inode && before.mode == after.mode &&
               before.content == after.content &&
               before.modified == after.modified && before.links == after.links,
           absl::StrCat("a wait leaves the file: ", before.ToString()),
           after.ToString());
}

}  // namespace

std::vector<Requirement> DisturbedWaits() {
  return {
      {"Waiting.StoppedWaiterGoesOn",
       Level::kMust,
       "A waiter that is stopped and continued goes on waiting, and gets the "
       "lock.",
       "Some calls fail with EINTR then, without any handler (signal(7)).",
       {kWait},
       &StoppedWaiterGoesOn,
       {"Waiting.NotBeforeDeadline", "Reacquisition.ByAnotherProcessAtOnce"}},
      {"Waiting.StoppedBeyondDeadline",
       Level::kMust,
       "A waiter that is stopped beyond its deadline ends its wait when it is "
       "continued, and holds nothing.",
       "Its timer may have passed unseen.",
       {kWait},
       &StoppedBeyondDeadline,
       {"Waiting.NotBeforeDeadline", "Waiting.StoppedWaiterGoesOn",
        "Waiting.TimedOutWaiterGetsNothingLater"}},
      {"Waiting.SignalStorm",
       Level::kMust,
       "Caught signals neither cut a wait short nor make it fail.",
       "uv 15996, realm-core 1916: EINTR was reported as a failure.",
       {kWait, kCatch},
       &SignalStorm,
       {"Waiting.NotBeforeDeadline", "Waiting.SignalsDuringCycles",
        "Reacquisition.ByAnotherProcessAtOnce",
        "Waiting.TimedOutWaiterGetsNothingLater"}},
      {"Waiting.SignalsDuringCycles",
       Level::kMust,
       "Caught signals make neither acquiring nor releasing fail.",
       "As above.",
       {kCatch},
       &SignalsDuringCycles,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Waiting.StopsDuringCycles",
       Level::kMust,
       "Being stopped and continued makes neither acquiring nor releasing "
       "fail.",
       "People press control-Z.",
       {},
       &StopsDuringCycles,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Waiting.RemovedWhileWaiting",
       Level::kMust,
       "A waiter never gets the lock of a file that was removed or replaced "
       "while it waited.",
       "py-filelock 574, portalocker 115, gofrs/flock 8: waiter, releaser and "
       "newcomer, and two of them hold.",
       {kWait},
       &RemovedWhileWaiting,
       {"Waiting.NotBeforeDeadline",
        "Persistence.ReleaseAfterRemovalSparesNewcomer",
        "Waiting.TimedOutWaiterGetsNothingLater"},
       Scope::kAnyKernel},
      {"Waiting.WaitingDisturbsNothing",
       Level::kMust,
       "A wait changes neither the file nor its content, mode or times.",
       "It is a refusal that takes longer.",
       {kWait},
       &WaitingDisturbsNothing,
       {"Waiting.NotBeforeDeadline", "Persistence.RefusalChangesNoContent",
        "Persistence.RefusalChangesNoMode",
        "Persistence.RefusalChangesNoTimes"},
       Scope::kAnyKernel},
  };
}

}  // namespace conformance
