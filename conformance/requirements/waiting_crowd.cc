// Chapter Waiting: crowds of waiters, and what it takes to wait.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

// Asked of four at once, again and again, of which three wait for ever and one
// with a limit that is long enough for many turns. A contender that has
// released asks again only when another has the lock: or it might be back
// before anybody who waits has woken up, which is another matter.
//
// How often one of the four has turns by luck differs from run to run, so the
// limits for stopping early and for a violation are far apart. Measured in 14 s
// on an idle machine and on a loaded one: those that all poll get turns at most
// 2.5 times as often as each other, one that polls beside three that block in
// flock(2) one for each 130 to 450 of another's.
void EveryWaiterGetsTurns(Trial& t) {
  constexpr int kContenders = 4;
  constexpr int kTurns = 80;  // at least
  constexpr int kEach = 4;
  constexpr int kEven = 8;   // at most so many turns for one of another: even
  constexpr int kMost = 60;  // more turns than that for one of another: starved
  const absl::Duration soon = MonotonicNow() + absl::Milliseconds(2500);
  const absl::Duration end = MonotonicNow() + absl::Seconds(14);
  std::vector<int> turns(kContenders, 0);
  for (int i = 0; i < kContenders; ++i) t.Start();
  const auto wait = [&](int who) {
    StartWaiting(
        t, who, who == 0 ? absl::Milliseconds(2000) : absl::InfiniteDuration());
  };
  const auto within = [&](int ratio) {
    const auto [least, most] = std::minmax_element(turns.begin(), turns.end());
    return *least >= kEach && *least * ratio >= *most;
  };
  const auto enough = [&](int total) {
    return (total >= kTurns && MonotonicNow() > soon && within(kEven)) ||
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
  t.Expect(within(kMost),
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

}  // namespace

std::vector<Requirement> CrowdedWaits() {
  return {
      {"Waiting.EveryWaiterGetsTurns",
       Level::kShould,
       "One that waits with a limit gets its turns against a crowd that waits "
       "for ever.",
       "cqlite 3701: pollers starved behind blocking waiters for hours.",
       {kWait, kForever},
       &EveryWaiterGetsTurns,
       {"Waiting.NotBeforeDeadline", "Waiting.ForeverIsForever"},
       Scope::kAll,
       /*patient=*/true},
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
       {"Waiting.NotBeforeDeadline"},
       Scope::kAll,
       /*patient=*/true},
  };
}

}  // namespace conformance
