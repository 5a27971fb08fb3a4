// Chapter Waiting: an acquisition that may wait ends when the lock is free, or
// when the time is up, and not otherwise.
//
// Times are the runner's: from just before the command is written to just after
// the answer is read. So an answer that comes too early has come too early for
// certain. An action that must not take long is bounded far above the time that
// it takes, and the best of several attempts counts.

#include <signal.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void FreeLockNeedsNoWait(Trial& t) {
  const int who = t.Start();
  absl::Duration best = absl::InfiniteDuration();
  for (int i = 0; i < 3 && t.going(); ++i) {
    const absl::Duration before = MonotonicNow();
    StartWaiting(t, who, LongWait(t));
    MustGet(t, who, "a free lock");
    best = std::min(best, MonotonicNow() - before);
    t.MustRelease(who);
  }
  t.Expect(best < absl::Seconds(1),
           "a free lock is had within 1 s, however long it may take",
           absl::StrCat("the fastest of three took ", InMilliseconds(best)));
}

void NotBeforeDeadline(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  for (const int milliseconds : {1, 30, 250}) {
    const absl::Duration wait = absl::Milliseconds(milliseconds);
    const absl::Duration before = MonotonicNow();
    StartWaiting(t, waiter, wait);
    MustTimeOut(t, waiter, "when its time is up");
    const absl::Duration took = MonotonicNow() - before;
    t.Expect(
        WasNotEarly(took, wait),
        absl::StrCat("a wait of ", milliseconds,
                     " ms is not given up a millisecond or more before that"),
        absl::StrCat("it was given up after ", absl::FormatDuration(took)));
  }
}

void SoonAfterDeadline(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  constexpr absl::Duration kWait = absl::Milliseconds(100);
  absl::Duration best = absl::InfiniteDuration();
  for (int i = 0; i < 3 && t.going() && best > absl::Seconds(1); ++i) {
    const absl::Duration before = MonotonicNow();
    StartWaiting(t, waiter, kWait);
    MustTimeOut(t, waiter, "when its time is up");
    best = std::min(best, MonotonicNow() - before - kWait);
  }
  t.Expect(best <= absl::Seconds(1),
           "the fastest of three waits ends within 1 s of its deadline",
           absl::StrCat("it ended ", InMilliseconds(best), " after it"));
}

// The release is answered before the deadline can have come; so whoever asks
// once more at the deadline, or later, finds the lock free. A waiter that
// looked and then had no processor until its deadline is refused by the
// machine, and not each time; one that doesn't look a last time is refused each
// time.
void FreeBeforeDeadlineIsEnough(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  constexpr absl::Duration kWait = absl::Milliseconds(400);
  constexpr int kTimes = 4;
  int counted = 0;
  bool had = false;
  for (int i = 0; i < 20 && counted < kTimes && !had && t.going(); ++i) {
    t.MustAcquire(holder);
    const absl::Duration deadline = MonotonicNow() + kWait;
    StartWaiting(t, waiter, kWait);
    t.PauseUntil(deadline - absl::Milliseconds(8 + 4 * (i % kTimes)));
    t.MustRelease(holder);
    const bool in_time = MonotonicNow() < deadline;
    const Answer answer = t.Await(waiter);
    const bool acquired = answer.is(AnswerKind::kAcquired);
    if (acquired) {
      t.MustRelease(waiter);
    } else {
      t.Expect(answer.is(AnswerKind::kBusy), "the waiter acquires",
               absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                            answer.message));
    }
    // On a machine that is busy the release came too late to tell.
    if (!in_time) continue;
    ++counted;
    had = acquired;
    t.Note("the lock was free from before the deadline on");
  }
  if (!t.going()) return;
  if (!had && counted < kTimes) {
    t.NotRun("this machine was too busy for a release just before a deadline");
    return;
  }
  t.Expect(had, "the waiter acquires",
           absl::StrCat("it was refused each of ", counted, " times"));
}

void HandOverIsPrompt(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  absl::Duration best = absl::InfiniteDuration();
  for (int i = 0; i < 4 && t.going() && best > absl::Milliseconds(500); ++i) {
    t.MustAcquire(holder);
    StartWaiting(t, waiter, LongWait(t));
    AwaitAsleep(t, waiter);
    t.MustRelease(holder);
    const absl::Duration released = MonotonicNow();
    MustGet(t, waiter, "when the holder has released");
    best = std::min(best, MonotonicNow() - released);
    t.MustRelease(waiter);
  }
  t.Expect(best <= absl::Milliseconds(500),
           "the fastest of four hand-overs takes at most 500 ms",
           absl::StrCat("it took ", InMilliseconds(best)));
}

void HolderDeathWakesWaiter(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  StartWaiting(t, waiter, LongWait(t));
  AwaitAsleep(t, waiter);
  t.Kill(holder, SIGKILL);
  const absl::Duration killed = MonotonicNow();
  const Trial::Explains granted(t, "Waiting.HandOverIsPrompt");
  MustGet(t, waiter, "when the holder was killed");
  t.Expect(MonotonicNow() - killed < LongWait(t) / 2,
           "it does so long before its time is up",
           absl::StrCat("it took ", InMilliseconds(MonotonicNow() - killed)));
  t.OutsiderMustBeRefused();
}

void KilledWaiterHoldsNothing(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  for (int i = 0; i < 5 && t.going(); ++i) {
    const int waiter = t.Start();
    t.MustAcquire(waiter, "other", t.Path("other"));
    t.MustAcquire(holder);
    StartWaiting(t, waiter, LongWait(t));
    AwaitAsleep(t, waiter);
    t.Kill(waiter, SIGKILL);
    t.Note("a waiter that held another lock was killed");
    MustTakeOver(t, t.Outsider(), t.Path("other"));
    t.MustRelease(t.Outsider());
    t.OutsiderMustBeRefused();
    t.MustRelease(holder);
    t.Note("a waiter was killed, and the holder has released since");
    t.OutsiderMustAcquire();
    t.OutsiderMustAcquire();
  }
}

void TimedOutWaiterGetsNothingLater(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  for (int i = 0; i < 5 && t.going(); ++i) {
    t.MustAcquire(holder);
    StartWaiting(t, waiter, absl::Milliseconds(20));
    MustTimeOut(t, waiter, "when its time is up");
    t.MustRelease(holder);
    t.Note("a wait is over in vain, and the holder has released since");
    t.OutsiderMustAcquire();
  }
}

}  // namespace

std::vector<Requirement> WaitingChapter() {
  std::vector<Requirement> chapter = {
      {"Waiting.FreeLockNeedsNoWait",
       Level::kMust,
       "A lock that is free is had at once, however long one would wait.",
       "A wait that begins with a nap slows everybody.",
       {kWait},
       &FreeLockNeedsNoWait,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Waiting.NotBeforeDeadline",
       Level::kMust,
       "A wait is not given up before its time is over.",
       "Whoever asks for ten seconds has reasons to.",
       {kWait},
       &NotBeforeDeadline,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Waiting.SoonAfterDeadline",
       Level::kMust,
       "A wait is given up soon after its time is over.",
       "Time limits are there for those who wait for the waiter.",
       {kWait},
       &SoonAfterDeadline,
       {"Waiting.NotBeforeDeadline"}},
      {"Waiting.FreeBeforeDeadlineIsEnough",
       Level::kShould,
       "A lock that is free from an instant before the deadline on is had.",
       "portalocker: it was freed before the deadline, and still refused after "
       "it. Who looks now and then has promised no more than that; one last "
       "attempt at the deadline mends it.",
       {kWait},
       &FreeBeforeDeadlineIsEnough,
       {"Waiting.NotBeforeDeadline", "Reacquisition.ByAnotherProcessAtOnce"}},
      {"Waiting.HandOverIsPrompt",
       Level::kShould,
       "A waiter gets the lock within half a second of its release.",
       "liblockfile takes four seconds, flufl.lock and pylockfile more than "
       "one.",
       {kWait},
       &HandOverIsPrompt,
       {"Waiting.NotBeforeDeadline", "Reacquisition.ByAnotherProcessAtOnce"}},
      {"Waiting.HolderDeathWakesWaiter",
       Level::kMust,
       "When the holder is killed, a waiter gets the lock.",
       "Nobody is left to wake it by hand.",
       {kWait},
       &HolderDeathWakesWaiter,
       {"Crash.SigkillFrees", "Waiting.NotBeforeDeadline"}},
      {"Waiting.KilledWaiterHoldsNothing",
       Level::kMust,
       "A waiter that is killed never gets the lock, and its other locks are "
       "free at once.",
       "A helper that waits in its stead must die with it; py-filelock 686: "
       "the "
       "claim of a cancelled waiter persisted.",
       {kWait},
       &KilledWaiterHoldsNothing,
       {"Crash.SigkillFrees", "Waiting.NotBeforeDeadline"}},
      {"Waiting.TimedOutWaiterGetsNothingLater",
       Level::kMust,
       "A wait that was given up never gets the lock later.",
       "A thread that goes on waiting gets it when nobody wants it any more.",
       {kWait},
       &TimedOutWaiterGetsNothingLater,
       {"Waiting.NotBeforeDeadline"}},
  };
  for (std::vector<Requirement> more :
       {DisturbedWaits(), CrowdedWaits(), LongWaits(), UnlimitedWaits(),
        WokenWaits(), CancelledWaits()}) {
    chapter.insert(chapter.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
  }
  return chapter;
}

}  // namespace conformance
