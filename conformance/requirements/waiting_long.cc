// Chapter Waiting, the rest of it: waits that last for seconds, that are asked
// for days, and what a wait leaves behind. Most of these checks do nothing for
// most of their time, beside all others.

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void ForeverIsForever(Trial& t) {
  const int holder = t.Start();
  const int first = t.Start();
  const int second = t.Start();
  t.MustAcquire(holder);
  const absl::Duration begin = MonotonicNow();
  StartWaiting(t, first, absl::InfiniteDuration());
  StartWaiting(t, second, absl::InfiniteDuration());
  MustWaitUntil(t, {first, second}, begin + t.options().hold,
                "A holds, and it was asked to wait for ever");
  t.MustRelease(holder);
  t.Note("A has released, and two wait for ever");
  const Trial::Explains granted(t, "Waiting.HandOverIsPrompt");
  const auto [winner, answer] = t.AwaitAny();
  t.Expect(answer.is(AnswerKind::kAcquired), "one of the two acquires",
           absl::StrCat("the first answer was ", AnswerKindName(answer.kind),
                        " ", answer.message));
  const int loser = winner == first ? second : first;
  MustWaitUntil(t, {loser}, MonotonicNow() + absl::Milliseconds(200),
                "the other one holds");
  t.MustRelease(winner);
  MustGet(t, loser, "when the other one has released");
}

// Milliseconds that don't fit in 31 bits, and microseconds in far fewer.
void LongLimitsAreKept(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  const std::vector<absl::Duration> limits = {
      absl::Minutes(2), absl::Hours(2), absl::Hours(24), absl::Hours(30 * 24)};
  std::vector<int> waiters;
  const absl::Duration begin = MonotonicNow();
  for (const absl::Duration limit : limits) {
    waiters.push_back(t.Start());
    StartWaiting(t, waiters.back(), limit);
  }
  t.Note(
      absl::StrCat("B waits for 2 minutes, C for 2 hours, D for a day, E "
                   "for 30 days"));
  MustWaitUntil(t, waiters, begin + absl::Milliseconds(1300),
                "its time is far from over, and A holds");
  t.MustRelease(holder);
  for (size_t i = 0; i < waiters.size() && t.going(); ++i) {
    const auto [who, answer] = t.AwaitAny();
    t.Expect(answer.is(AnswerKind::kAcquired),
             "each of them acquires, one after the other",
             absl::StrCat(ContenderLabel(who), " answered ",
                          AnswerKindName(answer.kind), " ", answer.message));
    t.MustRelease(who);
  }
}

// Naps that double, with whatever they begin, are longest just after one has
// begun; so the holds are a quarter of an octave apart.
void HandOverStaysPrompt(Trial& t) {
  constexpr absl::Duration kMost = absl::Milliseconds(1500);
  const std::vector<absl::Duration> holds = {
      absl::Milliseconds(2600), absl::Milliseconds(3300),
      absl::Milliseconds(4200), absl::Milliseconds(5200)};
  const int holder = t.Start();
  std::vector<int> waiters;
  for (size_t i = 0; i < holds.size() && t.going(); ++i) {
    t.MustAcquire(holder, absl::StrCat("h", i), t.Path(absl::StrCat("l", i)));
    waiters.push_back(t.Start());
  }
  const absl::Duration begin = MonotonicNow();
  for (size_t i = 0; i < waiters.size() && t.going(); ++i) {
    StartWaiting(t, waiters[i], absl::Minutes(2), absl::StrCat("l", i));
  }
  for (size_t i = 0; i < waiters.size() && t.going(); ++i) {
    t.PauseUntil(begin + holds[i]);
    t.MustRelease(holder, absl::StrCat("h", i));
    const absl::Duration released = MonotonicNow();
    t.Note(absl::StrCat("A has released what ", ContenderLabel(waiters[i]),
                        " has waited for, for ",
                        absl::FormatDuration(holds[i])));
    MustGet(t, waiters[i], "soon");
    const absl::Duration took = MonotonicNow() - released;
    t.Expect(took <= kMost,
             absl::StrCat("it takes at most ", absl::FormatDuration(kMost)),
             absl::StrCat("it took ", absl::ToInt64Milliseconds(took), " ms"));
  }
}

// A timer of the wait that is still there would strike now.
void GrantedWaitIsOver(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  constexpr absl::Duration kWait = absl::Milliseconds(400);
  for (const bool held : {false, true}) {
    if (held) t.MustAcquire(holder);
    const absl::Duration begin = MonotonicNow();
    StartWaiting(t, waiter, kWait);
    if (held) {
      t.PauseUntil(begin + absl::Milliseconds(60));
      t.MustRelease(holder);
    }
    const Answer answer = t.Await(waiter);
    if (!answer.is(AnswerKind::kAcquired) &&
        MonotonicNow() - begin > kWait / 2) {
      // Too slow a machine, or too seldom a look, to tell.
      continue;
    }
    t.Expect(answer.is(AnswerKind::kAcquired), "B acquires",
             absl::StrCat("B answered ", AnswerKindName(answer.kind), " ",
                          answer.message));
    t.PauseUntil(begin + kWait + absl::Milliseconds(150));
    t.Note("B has acquired, and the deadline of its wait has passed since");
    t.OutsiderMustBeRefused();
    t.MustRelease(waiter);
  }
}

void WaitsLeaveNothing(Trial& t) {
  constexpr size_t kWaits = 12;
  const int holder = t.Start();
  const int waiter = t.Start();
  const auto in_vain = [&] {
    t.MustAcquire(holder);
    StartWaiting(t, waiter, absl::Milliseconds(5));
    t.Await(waiter);
    t.MustRelease(holder);
  };
  const auto granted = [&] {
    t.MustAcquire(holder);
    StartWaiting(t, waiter, absl::Seconds(8));
    t.Pause(absl::Milliseconds(2));
    t.MustRelease(holder);
    MustGet(t, waiter, "when A has released");
    t.MustRelease(waiter);
  };
  for (int i = 0; i < 3; ++i) in_vain();
  granted();
  if (!t.going()) return;
  const Possessions before = Possessions::Of(t.pid(waiter));
  for (size_t i = 0; i < kWaits && t.going(); ++i) in_vain();
  for (size_t i = 0; i < kWaits / 2 && t.going(); ++i) granted();
  MustHaveLeftNothing(t, waiter, before, kWaits / 2,
                      absl::StrCat(kWaits, " waits in vain and ", kWaits / 2,
                                   " that got the lock"));
}

// The clock's time is set an hour on, or back, while B waits. A nap until a
// time of day goes by the system's own clock, so of a clock that is set on only
// an early end is held against a lock.
void ClockThatIsSet(Trial& t, absl::Duration by) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  // The functions are exchanged while it reads, and set right.
  if (!t.TurnClock(waiter, absl::ZeroDuration())) return;
  // Longer than most naps, after which the clock is looked at.
  constexpr absl::Duration kWait = absl::Milliseconds(2500);
  const absl::Duration begin = MonotonicNow();
  StartWaiting(t, waiter, kWait);
  t.PauseUntil(begin + absl::Milliseconds(250));
  if (!t.TurnClock(waiter, by)) return;
  const bool on = by > absl::ZeroDuration();
  const absl::Duration latest = begin + kWait + absl::Seconds(3);
  while (t.going() && !t.HasAnswer(waiter) && MonotonicNow() < latest) {
    t.Pause(absl::Milliseconds(5));
  }
  const absl::Duration took = MonotonicNow() - begin;
  const std::string after =
      absl::StrCat(" after ", absl::ToInt64Milliseconds(took), " ms");
  if (!t.HasAnswer(waiter)) {
    t.Expect(on, "a wait of 2500 ms is given up 3 s later at most",
             absl::StrCat("it was not given up", after));
    return;
  }
  const Answer answer = t.Await(waiter);
  if (!t.going()) return;
  if (answer.is(AnswerKind::kAcquired)) {
    // By its rule, if it has one, the holder's claim is too old now.
    const Profile::Stale stale = t.profile().stale;
    if (stale == Profile::Stale::kByAge || stale == Profile::Stale::kUnknown) {
      t.NotAsked("who is taken for stale may go by the time of day, by design");
      return;
    }
    const Trial::Explains excludes(t, "Exclusion.SecondProcessIsRefused");
    t.Expect(false, "B is refused (busy), whatever the clock shows",
             absl::StrCat("it answered acquired", after));
    return;
  }
  t.Expect(answer.is(AnswerKind::kBusy), "B is refused (busy) in the end",
           absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                        answer.message, after));
  if (on) {
    t.Expect(WasNotEarly(took, kWait),
             "a wait of 2500 ms is not given up before that",
             absl::StrCat("it was given up", after));
  }
}

void ClockSetOnEndsNoWait(Trial& t) { ClockThatIsSet(t, absl::Hours(1)); }
void ClockSetBackProlongsNoWait(Trial& t) {
  ClockThatIsSet(t, -absl::Hours(1));
}

}  // namespace

std::vector<Requirement> LongWaits() {
  return {
      {"Waiting.ForeverIsForever",
       Level::kMust,
       "A wait without a limit ends with the lock and not before, and of two "
       "that wait one gets it.",
       "Whoever asks without a limit has no plan for the case that it is "
       "refused.",
       {kForever},
       &ForeverIsForever,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.LongLimitsAreKept",
       Level::kMust,
       "Limits of minutes, hours and days are limits of minutes, hours and "
       "days.",
       "A number of milliseconds that overflows is no wait at all.",
       {kWait},
       &LongLimitsAreKept,
       {"Exclusion.LiveHolderHolds", "Waiting.NotBeforeDeadline",
        "Waiting.HandOverIsPrompt"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.HandOverStaysPrompt",
       Level::kShould,
       "A waiter gets the lock within a second and a half of its release, "
       "however long it has waited.",
       "llvm 1129: naps that double without end make everybody wait as long "
       "again as they have waited.",
       {kWait},
       &HandOverStaysPrompt,
       {"Exclusion.LiveHolderHolds", "Waiting.NotBeforeDeadline",
        "Waiting.HandOverIsPrompt"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.GrantedWaitIsOver",
       Level::kMust,
       "When a wait has got the lock, nothing happens at its deadline.",
       "A timer that was forgotten ends the process, or its lock.",
       {kWait},
       &GrantedWaitIsOver,
       {"Waiting.NotBeforeDeadline", "Waiting.RemovedWhileWaiting"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.ClockSetOnEndsNoWait",
       Level::kMust,
       "A wait with a limit lasts as long as it is to, also when the wall "
       "clock "
       "is set on meanwhile.",
       "py-filelock PR 136: the deadline was on the wall clock, and a machine "
       "that had got its time from the network refused everybody at once. A "
       "deadline is an interval (clock_gettime(2), CLOCK_MONOTONIC).",
       {kWait},
       &ClockSetOnEndsNoWait,
       {"Waiting.NotBeforeDeadline"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.ClockSetBackProlongsNoWait",
       Level::kMust,
       "A wait with a limit lasts no longer when the wall clock is set back "
       "meanwhile.",
       "As above: it lasted for another hour.",
       {kWait},
       &ClockSetBackProlongsNoWait,
       {"Waiting.NotBeforeDeadline", "Waiting.SoonAfterDeadline"},
       Scope::kAll,
       /*patient=*/true},
      {"Waiting.WaitsLeaveNothing",
       Level::kMust,
       "Waits leave no descriptors, children, threads or timers, whether they "
       "got the lock or not.",
       "What waits in somebody's stead must end with the wait.",
       {kWait},
       &WaitsLeaveNothing,
       {"Waiting.NotBeforeDeadline", "Reacquisition.ByAnotherProcessAtOnce",
        "Waiting.TimedOutWaiterGetsNothingLater", "Waiting.HandOverIsPrompt"}},
  };
}

}  // namespace conformance
