// Chapter Crash: however a holder ends, the lock is free at once.

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// The next one finds the lock free, once the holder is gone.
void ExpectFree(Trial& t) {
  const int next = t.Start();
  MustTakeOver(t, next);
  t.OutsiderMustBeRefused();
  t.MustRelease(next);
}

void SignalFrees(Trial& t, int signal, absl::string_view how) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  const int waiting = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(waiting);
  t.KillUntilDead(holder, signal);
  t.Note(absl::StrCat("the holder ", how));
  MustTakeOver(t, waiting);
  t.MustRelease(waiting);
  ExpectFree(t);
}

void SigkillFrees(Trial& t) { SignalFrees(t, SIGKILL, "was killed"); }

void AbortFrees(Trial& t) { SignalFrees(t, SIGABRT, "was aborted"); }

void SegmentationFaultFrees(Trial& t) {
  SignalFrees(t, SIGSEGV, "was sent SIGSEGV until it died");
}

void ExitWithoutReleaseFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  t.MustAcquire(holder, "b", t.Path("lock2"));
  t.EndInput(holder);
  t.Note("the holder exited without releasing");
  ExpectFree(t);
  MustTakeOver(t, t.Outsider(), t.Path("lock2"));
}

void ImmediateExitFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.AskToExit(holder);
  t.Note("the holder called _exit");
  ExpectFree(t);
}

// Again and again one of three is killed while they fight for the lock, at
// another moment each time. In every other round it is one that holds, if
// anybody ever does, since the chance of that is small.
void CrashDuringRaceFrees(Trial& t) {
  if (!t.DeathFrees()) return;
  constexpr int kRounds = 8;
  constexpr int64_t kPatience = 1000;
  std::vector<int> racers = {t.Start(), t.Start(), t.Start()};
  std::vector<bool> holds(3, false);
  for (int round = 0; round < kRounds && t.going(); ++round) {
    const bool kills_holder = round % 2 == 1;
    size_t victim = t.random()() % racers.size();
    int64_t answers_left = static_cast<int64_t>(t.random()() % 40);
    const auto ask = [&](size_t i) {
      t.Send(racers[i], holds[i] ? ReleaseCommand("a")
                                 : AcquireCommand("a", t.Path("lock")));
    };
    for (size_t i = 0; i < racers.size(); ++i) ask(i);
    bool killed = false;
    const auto kill_victim = [&] {
      t.Kill(racers[victim], SIGKILL);
      holds[victim] = false;
      killed = true;
    };
    while (t.going()) {
      if (!killed && answers_left-- <= (kills_holder ? -kPatience : 0)) {
        kill_victim();
      }
      const auto [who, answer] = t.AwaitAny();
      if (who < 0) break;
      for (size_t i = 0; i < racers.size(); ++i) {
        if (racers[i] != who) continue;
        holds[i] = answer.is(AnswerKind::kAcquired);
        if (!killed && kills_holder && answers_left <= 0 && holds[i]) {
          victim = i;
          kill_victim();
        } else if (!killed || holds[i]) {
          ask(i);
        }
      }
    }
    t.HistoryMustBeLegal();
    t.Note("one of the racers was killed and the others have released");
    racers[victim] = t.Start();
    // Not at once: a child of the killed one that did a part of its work, as
    // flock(1) does for a shell, may end some moments later.
    MustTakeOver(t, racers[victim], "", absl::Seconds(2));
    t.MustRelease(racers[victim]);
  }
}

void CrashLeavesOthersAlone(Trial& t) {
  if (!t.DeathFrees()) return;
  const int holder = t.Start();
  const int victim = t.Start();
  t.MustAcquire(holder);
  t.MustAcquire(victim, "a", t.Path("lock2"));
  t.MustBeRefused(victim, "b");
  t.Kill(victim, SIGKILL);
  t.Note("a process that was refused has been killed");
  t.OutsiderMustBeRefused();
  MustTakeOver(t, t.Outsider(), t.Path("lock2"));
}

}  // namespace

std::vector<Requirement> CrashChapter() {
  std::vector<Requirement> chapter = {
      {"Crash.SigkillFrees",
       Level::kMust,
       "When the holder is killed (SIGKILL), the lock is free at once.",
       "A lock that outlives its holder must be broken by hand, and what "
       "breaks stale locks breaks live ones (py-filelock 561, proper-lockfile "
       "121).",
       {},
       &SigkillFrees,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Crash.AbortFrees",
       Level::kMust,
       "When the holder aborts (SIGABRT), the lock is free at once.",
       "Failed assertions end so; handlers that clean up may not run.",
       {},
       &AbortFrees,
       {"Crash.SigkillFrees"}},
      {"Crash.SegmentationFaultFrees",
       Level::kMust,
       "When the holder dies of a segmentation fault (SIGSEGV), the lock is "
       "free at once.",
       "As above.",
       {},
       &SegmentationFaultFrees,
       {"Crash.SigkillFrees"}},
      {"Crash.ExitWithoutReleaseFrees",
       Level::kMust,
       "When the holder exits without releasing, all its locks are free.",
       "A program forgets; the operating system must not.",
       {},
       &ExitWithoutReleaseFrees,
       {"Crash.SigkillFrees"}},
      {"Crash.ImmediateExitFrees",
       Level::kMust,
       "When the holder ends by _exit(2), the lock is free at once.",
       "No exit handler runs then (_exit(2)).",
       {kExit},
       &ImmediateExitFrees,
       {"Crash.SigkillFrees"}},
      {"Crash.CrashDuringRaceFrees",
       Level::kMust,
       "When one of several processes that fight for the lock is killed, the "
       "others go on, and never two hold.",
       "A crash between two steps of an acquisition leaves states behind that "
       "no orderly run sees.",
       {},
       &CrashDuringRaceFrees,
       {"Crash.SigkillFrees", "Crash.TakeoverHasOneWinner",
        "Exclusion.LiveHolderHolds", "Exclusion.BarrierRaceHasOneWinner",
        "Exclusion.FreeRunNeverOverlaps"}},
      {"Crash.CrashLeavesOthersAlone",
       Level::kMust,
       "The death of a process that was refused frees nothing of the holder's, "
       "and all of its own.",
       "Cleaning up after the dead is where the living get hurt.",
       {},
       &CrashLeavesOthersAlone,
       {"Crash.SigkillFrees"}},
  };
  for (Requirement& requirement : Takeovers()) {
    chapter.push_back(std::move(requirement));
  }
  return chapter;
}

}  // namespace conformance
