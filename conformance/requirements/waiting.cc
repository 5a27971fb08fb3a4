// Chapter Waiting: an acquisition that may wait ends when the lock is free, or
// when the time is up, and not otherwise.
//
// Times are the runner's: from just before the command is written to just after
// the answer is read. So an answer that comes too early has come too early for
// certain. What must not take long is bounded far above what it takes, and the
// best of several attempts counts.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

std::string InMilliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " ms");
}

void MustTimeOut(Trial& t, int who, absl::string_view when) {
  const Answer answer = t.Await(who);
  // The holder lives, so it is no matter of waiting that the lock was had.
  const Trial::Explains excludes(t, answer.is(AnswerKind::kAcquired)
                                        ? "Exclusion.SecondProcessIsRefused"
                                        : "");
  t.Expect(answer.is(AnswerKind::kBusy),
           absl::StrCat(ContenderLabel(who), " is refused (busy) ", when),
           absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
}

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
        took >= wait,
        absl::StrCat("a wait of ", milliseconds,
                     " ms is not given up before that"),
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
  t.Expect(took >= kWait, "signals do not end a wait before its time",
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
    // have locked a new file itself.
    MustGet(t, waiter, "what C was refused");
    t.Ask(old_holder, ReleaseCommand("a"));
    t.Note("A has released, and B holds the file that is there now");
    t.MustBeRefused(newcomer);
    t.MustRelease(waiter);
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

// Asked of four at once, again and again, of which three wait for ever and one
// with a limit that is long enough for many turns. Who has released asks again
// only when another has the lock: or it might be back before anybody who waits
// has woken up, which is another matter. It goes on until each has had its
// turns, so that those that look seldom have the time to.
void EveryWaiterGetsTurns(Trial& t) {
  constexpr int kContenders = 4;
  constexpr int kTurns = 80;  // at least
  constexpr int kEach = 4;
  constexpr int kMost = 60;  // turns of one for each of another
  const absl::Duration soon = MonotonicNow() + absl::Milliseconds(2500);
  const absl::Duration end = MonotonicNow() + absl::Seconds(14);
  std::vector<int> turns(kContenders, 0);
  for (int i = 0; i < kContenders; ++i) t.Start();
  const auto wait = [&](int who) {
    StartWaiting(
        t, who, who == 0 ? absl::Milliseconds(2000) : absl::InfiniteDuration());
  };
  const auto fair = [&] {
    const auto [least, most] = std::minmax_element(turns.begin(), turns.end());
    return *least >= kEach && *least * kMost >= *most;
  };
  const auto enough = [&](int total) {
    return (total >= kTurns && MonotonicNow() > soon && fair()) ||
           MonotonicNow() > end;
  };
  for (int i = 0; i < kContenders; ++i) wait(i);
  int total = 0;
  int idle = -1;    // who has released
  int holder = -1;  // who has the lock
  while (t.going() && !enough(total)) {
    const auto [who, answer] = t.AwaitAny();
    if (who < 0) break;
    if (answer.is(AnswerKind::kAcquired)) {
      ++turns[static_cast<size_t>(who)];
      ++total;
      holder = who;
    } else if (answer.is(AnswerKind::kReleased)) {
      idle = who;
    } else {
      t.Expect(
          answer.is(AnswerKind::kBusy) && who == 0,
          absl::StrCat(ContenderLabel(who), who == 0 ? " acquires or is refused"
                                                     : " waits until it has "
                                                       "acquired"),
          absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                       answer.message));
      wait(who);
    }
    // Its release is answered, and the next acquisition, in either order.
    if (holder < 0 || (total > 1 && idle < 0)) continue;
    if (idle >= 0) wait(std::exchange(idle, -1));
    // Long enough that everybody else is waiting again; and a different while
    // each time, or one who polls as often as that might be in step with it.
    t.Pause(absl::Microseconds(1000 + 137 * (total % 11)));
    t.Send(std::exchange(holder, -1), ReleaseCommand("a"));
  }
  t.Note(absl::StrCat("their turns: ", absl::StrJoin(turns, ", ")));
  t.Expect(fair(),
           absl::StrCat("within 14 s each of one that waits with a limit and "
                        "three that wait for ever has had ",
                        kEach, " turns, and none more than ", kMost,
                        " times those of another"),
           absl::StrCat("they got ", absl::StrJoin(turns, ", ")));
}

void CrowdOfWaiters(Trial& t) {
  constexpr int kWaiters = 100;
  const int holder = t.Start();
  t.MustAcquire(holder);
  std::vector<int> waiters;
  waiters.reserve(kWaiters);
  for (int i = 0; i < kWaiters && t.going(); ++i) waiters.push_back(t.Start());
  for (const int waiter : waiters) StartWaiting(t, waiter, LongWait(t) * 4);
  t.Note(absl::StrCat(kWaiters, " wait for one lock"));
  t.MustRelease(holder);
  int served = 0;
  while (t.going()) {
    const auto [who, answer] = t.AwaitAny();
    if (who < 0) break;
    if (answer.is(AnswerKind::kReleased)) continue;
    t.Expect(answer.is(AnswerKind::kAcquired), "each waiter gets the lock",
             absl::StrCat(ContenderLabel(who), " answered ",
                          AnswerKindName(answer.kind)));
    ++served;
    t.Send(who, ReleaseCommand("a"));
  }
  t.Expect(served == kWaiters, absl::StrCat(kWaiters, " get the lock"),
           absl::StrCat(served, " got it"));
  t.HistoryMustBeLegal();
}

void WaitingTakesNoProcessor(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  constexpr absl::Duration kWait = absl::Seconds(1);
  const absl::Duration before = ProcessorTime(t.pid(waiter));
  StartWaiting(t, waiter, kWait);
  MustTimeOut(t, waiter, "when its time is up");
  const absl::Duration used = ProcessorTime(t.pid(waiter)) - before;
  t.Expect(used <= kWait / 10,
           "a wait of 1 s takes at most 100 ms of processor time",
           absl::StrCat("it took ", InMilliseconds(used)));
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
      {"Waiting.EveryWaiterGetsTurns",
       Level::kShould,
       "One that waits with a limit gets its turns against a crowd that waits "
       "for ever.",
       "cqlite 3701: pollers starved behind blocking waiters for hours.",
       {kWait, kForever},
       &EveryWaiterGetsTurns,
       {"Waiting.NotBeforeDeadline", "Waiting.ForeverIsForever"}},
      {"Waiting.CrowdOfWaiters",
       Level::kMust,
       "Of a hundred waiters each gets the lock, one at a time.",
       "What works for two can fall over with a hundred.",
       {kWait},
       &CrowdOfWaiters,
       {"Waiting.NotBeforeDeadline", "Reacquisition.ByAnotherProcessAtOnce",
        "Waiting.HandOverIsPrompt", "Waiting.HandOverStaysPrompt"}},
      {"Waiting.WaitingTakesNoProcessor",
       Level::kShould,
       "Waiting takes next to no processor time.",
       "A crowd that polls without pause keeps the holder from its work.",
       {kWait},
       &WaitingTakesNoProcessor,
       {"Waiting.NotBeforeDeadline"}},
  };
  for (std::vector<Requirement> more :
       {LongWaits(), UnlimitedWaits(), CancelledWaits()}) {
    chapter.insert(chapter.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
  }
  return chapter;
}

}  // namespace conformance
