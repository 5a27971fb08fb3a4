// Chapter Waiting, the last of it: what happens to waits that have no limit,
// and so no second chance to notice it.

#include <signal.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// As Waiting.RemovedWhileWaiting. B may sleep on the old file as long as A
// holds that; so A releases first.
void RemovedWhileWaitingForever(Trial& t) {
  const int old_holder = t.Start();
  const int waiter = t.Start();
  const int newcomer = t.Start();
  t.MustAcquire(old_holder);
  StartWaiting(t, waiter, absl::InfiniteDuration());
  AwaitAsleep(t, waiter);
  t.Remove(t.PlaceOf("lock"));
  t.Note("the file was removed while A held it and B waited for it, for ever");
  const Answer answer = t.Ask(newcomer, AcquireCommand("a", t.Path("lock")));
  if (answer.is(AnswerKind::kBusy)) {
    // A waiter that looks at the path as it waits may have been faster, and
    // have locked a new file itself. Or A holds still, by something else than
    // the file.
    t.Ask(old_holder, ReleaseCommand("a"));
    t.Note("A has released, and C was refused before");
    MustGet(t, waiter, "what C was refused");
  } else {
    t.Expect(answer.is(AnswerKind::kAcquired),
             "C acquires: nobody holds the file of that name",
             absl::StrCat("it answered ", AnswerKindName(answer.kind)));
    // That there was nothing left to release is an honest answer, too.
    t.Ask(old_holder, ReleaseCommand("a"));
    MustWaitUntil(t, {waiter}, MonotonicNow() + absl::Milliseconds(150),
                  "C holds the file that is there now");
    t.MustRelease(newcomer);
    t.Note("A and C have released, and B has waited since before the removal");
    MustGet(t, waiter, "what nobody holds");
  }
  t.MustBeRefused(newcomer);
  t.MustRelease(waiter);
  t.OutsiderMustAcquire();
}

void SignalStormWithoutLimit(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.Ask(waiter, CatchCommand());
  t.MustAcquire(holder);
  StartWaiting(t, waiter, absl::InfiniteDuration());
  RainSignals(t, waiter, MonotonicNow() + absl::Milliseconds(200));
  MustWaitUntil(t, {waiter}, MonotonicNow() + absl::Milliseconds(1),
                "A holds, and signals that B catches are no end of its wait");
  const Trial::Explains granted(t, "Waiting.HandOverIsPrompt");
  t.MustRelease(holder);
  RainSignals(t, waiter, MonotonicNow() + t.deadline());
  MustGet(t, waiter, "when the holder has released");
  // It may have got a file that is gone.
  const Trial::Explains gone(t,
                             "Persistence.ReleaseAfterRemovalSparesNewcomer");
  t.MustBeRefused(holder);
}

}  // namespace

std::vector<Requirement> UnlimitedWaits() {
  return {
      {"Waiting.RemovedWhileWaitingForever",
       Level::kMust,
       "A wait without a limit whose file was removed gets the lock of the new "
       "one once that is free, and not before.",
       "A waiter that isn't woken, or goes back to sleep on what is gone, "
       "hangs until somebody restarts it.",
       {kForever},
       &RemovedWhileWaitingForever,
       {"Waiting.ForeverIsForever", "Waiting.RemovedWhileWaiting",
        "Persistence.ReleaseAfterRemovalSparesNewcomer"},
       Scope::kAnyKernel},
      {"Waiting.SignalStormWithoutLimit",
       Level::kMust,
       "Caught signals neither end a wait without a limit nor make it fail.",
       "Waits with a limit and without one are often two calls, of which one "
       "is begun again after EINTR and the other isn't (signal(7)).",
       {kForever, kCatch},
       &SignalStormWithoutLimit,
       {"Waiting.ForeverIsForever", "Waiting.SignalStorm",
        "Waiting.SignalsDuringCycles", "Reacquisition.ByAnotherProcessAtOnce"}},
  };
}

}  // namespace conformance
