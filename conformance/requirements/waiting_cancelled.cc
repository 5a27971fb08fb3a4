// Chapter Waiting, of waits that are cancelled: another thread of the waiter
// calls them off (`cancel`, docs/protocol.md).
//
// A cancelled wait ends as `cancelled`, or as whatever came first: so wherever
// the lock can't become free meanwhile, there is one right answer only.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// The first of three is cancelled as it begins, and the others as they sleep.
void CancelledWaitEnds(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  for (const absl::Duration wait : CancellableWaits(t)) {
    absl::Duration best = absl::InfiniteDuration();
    for (int i = 0; i < 3 && t.going(); ++i) {
      StartWaiting(t, waiter, wait);
      if (i > 0) AwaitAsleep(t, waiter);
      const absl::Duration before = MonotonicNow();
      t.Cancel(waiter);
      MustEndCancelled(t, waiter);
      best = std::min(best, MonotonicNow() - before);
    }
    t.Expect(best <= absl::Seconds(1),
             "the fastest of three cancelled waits ends within 1 s",
             absl::StrCat("it ended after ", absl::ToInt64Milliseconds(best),
                          " ms"));
  }
}

void CancelledWaiterGetsNothingLater(Trial& t) {
  const int holder = t.Start();
  const int waiter = t.Start();
  const int other = t.Start();
  for (const absl::Duration wait : CancellableWaits(t)) {
    for (int i = 0; i < 3 && t.going(); ++i) {
      t.MustAcquire(holder);
      StartWaiting(t, waiter, wait);
      AwaitAsleep(t, waiter);
      t.Cancel(waiter);
      MustEndCancelled(t, waiter);
      t.Note("B's wait was cancelled, and A holds");
      t.MustBeRefused(other);
      t.MustRelease(holder);
      t.Note("B's wait was cancelled, and A has released since");
      t.MustAcquire(other);
      t.MustBeRefused(holder);
      t.MustBeRefused(waiter);
      t.MustRelease(other);
      // Where the cancelled wait goes on and has the lock only now, this one is
      // to end all the same.
      StartWaiting(t, waiter, t.Can(kWait) ? LongWait(t) : wait);
      MustGet(t, waiter, "a free lock, though its last wait was cancelled");
      t.MustBeRefused(other);
      t.MustRelease(waiter);
    }
  }
}

void CancelledWaitsLeaveNothing(Trial& t) {
  constexpr size_t kWaits = 12;
  const int holder = t.Start();
  const int waiter = t.Start();
  t.MustAcquire(holder);
  const std::vector<absl::Duration> kinds = CancellableWaits(t);
  const auto cancelled = [&](size_t i) {
    StartWaiting(t, waiter, kinds[i % kinds.size()]);
    AwaitAsleep(t, waiter);
    t.Cancel(waiter);
    t.Await(waiter);
  };
  for (size_t i = 0; i < 3 && t.going(); ++i) cancelled(i);
  if (!t.going()) return;
  const Possessions before = Possessions::Of(t.pid(waiter));
  for (size_t i = 0; i < kWaits && t.going(); ++i) cancelled(i);
  MustHaveLeftNothing(t, waiter, before, kWaits / 2,
                      absl::StrCat(kWaits, " cancelled waits"));
}

// The release and the cancellation are at most 3 ms apart, in either order, and
// half the time at most 0.2 ms: within the time that it takes a waiter to wake
// up, or to look again.
void CancelRacesWithRelease(Trial& t) {
  constexpr int kTimes = 60;
  constexpr int kFewest = 10;  // of waiters that look so seldom
  const absl::Duration soon = MonotonicNow() + absl::Seconds(6);
  const int holder = t.Start();
  const int waiter = t.Start();
  const std::vector<absl::Duration> kinds = CancellableWaits(t);
  for (int i = 0; i < kTimes && t.going(); ++i) {
    if (i >= kFewest && MonotonicNow() > soon) break;
    t.MustAcquire(holder);
    StartWaiting(t, waiter, kinds[static_cast<size_t>(i) % kinds.size()]);
    AwaitAsleep(t, waiter);
    const bool release_first = t.random()() % 2 == 0;
    const uint64_t most = t.random()() % 2 == 0 ? 200 : 3000;
    const absl::Duration apart =
        absl::Microseconds(static_cast<int64_t>(t.random()() % most));
    if (release_first) t.Send(holder, ReleaseCommand("a"));
    if (!release_first) t.Cancel(waiter);
    t.Pause(apart);
    if (release_first) t.Cancel(waiter);
    if (!release_first) t.Send(holder, ReleaseCommand("a"));
    const Answer released = t.Await(holder);
    t.Expect(released.is(AnswerKind::kReleased), "A releases",
             absl::StrCat("it answered ", AnswerKindName(released.kind), " ",
                          released.message));
    const Answer answer = t.Await(waiter);
    if (answer.is(AnswerKind::kAcquired)) {
      t.Note("B's cancelled wait has got the lock all the same");
      t.OutsiderMustBeRefused();
      t.MustRelease(waiter);
    } else {
      t.Expect(answer.is(AnswerKind::kCancelled),
               "the wait of B ends as acquired or as cancelled",
               absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                            answer.message));
      t.Note(absl::StrCat("B's wait was cancelled ",
                          absl::FormatDuration(apart),
                          release_first ? " after" : " before",
                          " A was told to release, and nobody holds"));
    }
    t.OutsiderMustAcquire();
    if (t.TimeIsShort()) t.TooSlow(i + 1, kFewest, "races");
  }
}

}  // namespace

std::vector<Requirement> CancelledWaits() {
  return {
      {"Waiting.CancelledWaitEnds",
       Level::kMust,
       "A wait that is cancelled ends within a second, and neither as a lock "
       "nor as a refusal.",
       "A program that is shut down has no time for the rest of the wait; and "
       "one that is told that it was refused, or granted, goes on as if it "
       "were so.",
       {kCancel},
       &CancelledWaitEnds,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Waiting.CancelledWaiterGetsNothingLater",
       Level::kMust,
       "A wait that was cancelled takes nothing from the holder, never gets "
       "the lock later, and is in the way of no other wait, its own process's "
       "included.",
       "py-filelock 686: the claim of a cancelled waiter persisted.",
       {kCancel},
       &CancelledWaiterGetsNothingLater,
       {"Waiting.CancelledWaitEnds", "Reacquisition.BySameProcess",
        "Reacquisition.ByAnotherProcessAtOnce"}},
      {"Waiting.CancelRacesWithRelease",
       Level::kMust,
       "A wait that is cancelled at the moment of the release ends with the "
       "lock or without it, and never with a lock that nobody has.",
       "A waiter that sees first that it is cancelled, when the lock has been "
       "granted, must give the lock back.",
       {kCancel},
       &CancelRacesWithRelease,
       {"Waiting.CancelledWaitEnds", "Waiting.CancelledWaiterGetsNothingLater",
        "Reacquisition.ByAnotherProcessAtOnce"}},
      {"Waiting.CancelledWaitsLeaveNothing",
       Level::kMust,
       "Cancelled waits leave no descriptors, children, threads or timers.",
       "A cancelled wait takes another way out than a refused one, and a step "
       "that cleans up on the one is forgotten on the other.",
       {kCancel},
       &CancelledWaitsLeaveNothing,
       {"Waiting.CancelledWaitEnds"}},
  };
}

}  // namespace conformance
