// Chapter Crash, the part of it that is a race: several want what a dead holder
// has left.

#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// A holder acquires and is killed, and what it has left may be taken over.
void LeaveStaleLock(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Kill(holder, SIGKILL);
  if (IsStaleByAge(t)) MakeOld(t);
}

// Several that ask for one lock; those who are refused ask again until
// somebody has it or the patience is over, since a rule may need two looks.
class Askers {
 public:
  Askers(Trial& t, int number) : t_(t) {
    for (int i = 0; i < number; ++i) askers_.push_back(t_.Start());
    // Sleeps of some microseconds are not made longer by 50 (prctl(2)).
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  }

  // All ask at once. Returns who acquired; nobody has released.
  std::vector<int> AskAtOnce() {
    Begin();
    for (const int who : askers_) Ask(who);
    while (AwaitAll()) {
    }
    return winners_;
  }

  // All but one are stopped, each at some moment of its attempt, and go on when
  // somebody has acquired, or after 20 ms.
  std::vector<int> AskWhileOthersAreStopped() {
    Begin();
    const int last = askers_.back();
    for (const int who : askers_) {
      Ask(who);
      if (who == last) break;
      Let(SomeMoment());
      t_.Stop(who);
    }
    const absl::Duration end = MonotonicNow() + absl::Milliseconds(20);
    while (t_.going() && winners_.empty() && MonotonicNow() < end) {
      bool any = false;
      for (const int who : askers_) {
        if (!t_.HasAnswer(who)) continue;
        any = true;
        const Answer answer = t_.Await(who);
        // One that is stopped needn't be asked again.
        Hear(who, answer, /*again=*/who == last);
      }
      if (!any) t_.Pause(absl::Microseconds(50));
    }
    for (const int who : askers_) {
      if (who != last) t_.Signal(who, SIGCONT);
    }
    while (AwaitAll()) {
    }
    LearnFrom({askers_.begin(), askers_.end() - 1});
    return winners_;
  }

  // The others are refused what the winner has, and it releases.
  void Settle(int winner) {
    for (const int who : askers_) {
      if (who == winner) continue;
      const absl::Duration begin = MonotonicNow();
      t_.MustBeRefused(who);
      refusal_ = std::min(refusal_, MonotonicNow() - begin);
    }
    t_.MustRelease(winner);
  }

  size_t size() const { return askers_.size(); }

 private:
  void Begin() {
    std::shuffle(askers_.begin(), askers_.end(), t_.random());
    winners_.clear();
    refusals_ = 0;
    begin_ = MonotonicNow();
  }
  void Ask(int who) { t_.Send(who, AcquireCommand("a", t_.Path("lock"))); }

  // Awaits one answer. False when nobody owes one.
  bool AwaitAll() {
    const auto [who, answer] = t_.AwaitAny();
    if (who < 0) return false;
    Hear(who, answer);
    return t_.going();
  }

  void Hear(int who, const Answer& answer, bool again = true) {
    const absl::Duration now = MonotonicNow();
    t_.Expect(!answer.is(AnswerKind::kError),
              absl::StrCat(ContenderLabel(who),
                           " acquires or is refused (busy): several ask for "
                           "what a dead one held, and nothing else happens"),
              absl::StrCat(ContenderLabel(who),
                           " answered error: ", Printable(answer.message)));
    if (answer.is(AnswerKind::kAcquired)) {
      winners_.push_back(who);
      return;
    }
    ++refusals_;
    // A rule may need two looks, however long they take.
    if (again && t_.going() && winners_.empty() &&
        (now - begin_ < absl::Seconds(2) || refusals_ < 3 * size())) {
      Ask(who);
    }
  }

  // A time after which an attempt is in the midst of its work. The look and the
  // removal come mostly just before it has the lock, so most times are near
  // that.
  absl::Duration SomeMoment() {
    const double random = static_cast<double>(t_.random()() % 1024) / 1024;
    return t_.random()() % 4 == 0 ? refusal_ * random
                                  : takeover_ * (0.5 + random);
  }

  // `stopped` were stopped in this order. Those before the winner hadn't taken
  // the lock when they were, and the winner had, if it is one of them.
  void LearnFrom(const std::vector<int>& stopped) {
    if (winners_.size() != 1) return;
    for (const int who : stopped) {
      takeover_ *= who == winners_.front() ? 0.8 : 1.1;
      if (who == winners_.front()) break;
    }
    takeover_ =
        std::clamp(takeover_, absl::Microseconds(5), absl::Milliseconds(20));
  }

  // Half of the times are slept, and the other half are not. Sleep lets the
  // other process run where all processors are busy, and then takes its
  // processor from it in the midst; but it is never as short as some of these
  // times.
  void Let(absl::Duration time) {
    const absl::Duration end = MonotonicNow() + time;
    if (t_.random()() % 2 == 0) {
      t_.PauseUntil(end);
      return;
    }
    while (MonotonicNow() < end) {
    }
  }

  Trial& t_;
  std::vector<int> askers_;
  std::vector<int> winners_;
  size_t refusals_ = 0;
  absl::Duration begin_;
  // From the question to the answer, the shortest so far.
  absl::Duration refusal_ = absl::Milliseconds(20);
  // From the question until the lock is taken, about.
  absl::Duration takeover_ = absl::Microseconds(50);
};

std::string Labels(const std::vector<int>& contenders) {
  return absl::StrJoin(contenders, " and ", [](std::string* out, int who) {
    absl::StrAppend(out, ContenderLabel(who));
  });
}

// Each of them looks at what the dead one left, and then does something about
// it; in between another one may have done so.
void TakeoverHasOneWinner(Trial& t) {
  // The kernel frees its locks itself: there is nothing to take over.
  const int rounds = IsAsked(Scope::kAnyKernel, t.profile().family) ? 40 : 400;
  const absl::Duration begin = MonotonicNow();
  // On a busy machine one takeover of a hundred may show it.
  const auto is_over = [&](int done) {
    const absl::Duration so_far = MonotonicNow() - begin;
    return done == rounds || so_far > absl::Seconds(8) ||
           (done >= 50 && so_far > absl::Seconds(5));
  };
  if (!IsStaleByAge(t) && !t.DeathFrees()) return;
  // The winner's own lock must not get so old meanwhile.
  constexpr absl::Duration kShortestAge = absl::Seconds(10);
  if (IsStaleByAge(t) && t.profile().age < kShortestAge) {
    t.NotAsked("what is so young is stale already that the check is too slow");
    return;
  }
  Askers askers(t, 4);
  int round = 0;
  while (t.going() && !is_over(round)) {
    LeaveStaleLock(t);
    const bool stops = round % 4 != 3;
    t.Note(absl::StrCat(
        "the holder was killed, and ", askers.size(), " ask for the lock",
        stops ? "; all but one of them are stopped for a while" : " at once"));
    const std::vector<int> winners =
        stops ? askers.AskWhileOthersAreStopped() : askers.AskAtOnce();
    if (winners.empty() && IsStaleByAge(t) && round == 0) {
      t.NotAsked("that its times are set back doesn't free it");
    }
    t.Expect(winners.size() == 1, "one of them gets it",
             winners.empty() ? "nobody got it within 2 s"
                             : absl::StrCat(Labels(winners), " got it"));
    if (!t.going()) return;
    askers.Settle(winners.front());
    ++round;
  }
  constexpr int kFewest = 4;
  if (t.going() && round < kFewest) {
    t.TooSlow(round, kFewest, "takeovers");
    return;
  }
  t.Attach(absl::StrCat("the locks of ", round, " dead holders"));
}

}  // namespace

std::vector<Requirement> Takeovers() {
  return {
      {"Crash.TakeoverHasOneWinner",
       Level::kMust,
       "Of processes that ask at the same time for the lock of a dead holder, "
       "exactly one gets it.",
       "Two find the same stale lock; one takes it over, and the other removes "
       "what the first has made: so do liblockfile, File::NFSLock, and "
       "proper-lockfile of npm.",
       {},
       &TakeoverHasOneWinner,
       {"Crash.SigkillFrees", "Existence.StaleRuleIsKept",
        "Exclusion.LiveHolderHolds", "Exclusion.BarrierRaceHasOneWinner"}},
  };
}

}  // namespace conformance
