// Chapter Exclusion: one at a time, whatever the name and whoever asks.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
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

// A refusal counts for nothing.
constexpr absl::string_view kHarmless = "Exclusion.ReleaseOfRefusedIsHarmless";

void SecondProcessIsRefused(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(other);
  t.MustRelease(holder);
  t.Note("A has released");
  t.MustAcquire(other);
  t.MustBeRefused(holder);
}

// The best of three counts: a busy machine can delay any one of them.
void RefusalIsPrompt(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  absl::Duration best = absl::InfiniteDuration();
  for (int i = 0; i < 3 && t.going() && best > absl::Seconds(1); ++i) {
    const absl::Duration before = MonotonicNow();
    t.MustBeRefused(other);
    best = std::min(best, MonotonicNow() - before);
  }
  t.Expect(best <= absl::Seconds(1),
           "the fastest of three refusals takes at most 1 s",
           absl::StrCat("it took ", absl::FormatDuration(best)));
}

void SecondAcquireInProcessIsRefused(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  t.Note("the same process asks again");
  t.MustBeRefused(holder, "b");
}

void LockSurvivesRefusalInItsProcess(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  t.MustBeRefused(holder, "b");
  t.Note("the holder's process has asked a second time");
  t.OutsiderMustBeRefused();
}

void LockSurvivesRefusedProcess(Trial& t) {
  const int holder = t.Start();
  const int refused = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(refused);
  t.Note("the refused process releases what it did not get");
  t.Ask(refused, ReleaseCommand("a"));
  t.OutsiderMustBeRefused();
  t.Note("the refused process has exited");
  t.EndInput(refused);
  t.OutsiderMustBeRefused();
}

// Nothing stands in the way but the others: so there is no cause for an error.
void NoErrorWithoutCause(Trial& t, int who, const Answer& answer) {
  t.Expect(!answer.is(AnswerKind::kError),
           absl::StrCat(ContenderLabel(who),
                        " acquires or is refused (busy): several processes "
                        "ask for one lock, and nothing else happens"),
           absl::StrCat(ContenderLabel(who),
                        " answered error: ", Printable(answer.message)));
}

void BarrierRaceHasOneWinner(Trial& t) {
  constexpr int kRacers = 4;
  constexpr int kRounds = 40;
  std::vector<int> racers;
  racers.reserve(kRacers);
  for (int i = 0; i < kRacers; ++i) racers.push_back(t.Start());
  for (int round = 0; round < kRounds && t.going(); ++round) {
    std::shuffle(racers.begin(), racers.end(), t.random());
    for (const int racer : racers) {
      t.Send(racer, AcquireCommand("a", t.Path("lock")));
    }
    std::vector<int> winners;
    for (const int racer : racers) {
      const Answer answer = t.Await(racer);
      if (answer.is(AnswerKind::kAcquired)) winners.push_back(racer);
      NoErrorWithoutCause(t, racer, answer);
    }
    t.Expect(winners.size() == 1,
             absl::StrCat("one of ", kRacers,
                          " that ask for a free lock at the same time gets it"),
             absl::StrCat(winners.size(), " got it"));
    for (const int winner : winners) t.MustRelease(winner);
    if (t.TimeIsShort() && round + 1 < kRounds) {
      t.TooSlow(round + 1, kRounds, "rounds of four");
    }
  }
  t.HistoryMustBeLegal();
}

// Every contender asks again as soon as it is refused, and keeps what it
// acquires while the next few answers of the others come in: nought to three of
// them, so that both long and short tenures are seen. Returns how often each
// one acquired.
std::vector<int> RunFreely(Trial& t, int contenders, int64_t operations,
                           int enough_each) {
  constexpr int kNotHolding = -1;
  std::vector<int> acquired(static_cast<size_t>(contenders), 0);
  std::vector<int> keeps_for(static_cast<size_t>(contenders), kNotHolding);
  const absl::Duration until = MonotonicNow() + t.options().deadline;
  const auto is_over = [&] {
    if (operations > 0) return MonotonicNow() > until;
    return *std::min_element(acquired.begin(), acquired.end()) >= enough_each ||
           MonotonicNow() > until;
  };
  for (int i = 0; i < contenders; ++i) t.Start();
  for (int i = 0; i < contenders; ++i) {
    t.Send(i, AcquireCommand("a", t.Path("lock")));
  }
  while (t.going()) {
    const auto [who, answer] = t.AwaitAny();
    --operations;
    // With nobody left to answer, those who still hold let go.
    const bool settle = who < 0;
    bool any = !settle;
    for (int i = 0; i < contenders; ++i) {
      int& left = keeps_for[static_cast<size_t>(i)];
      if (left == kNotHolding || i == who) continue;
      if (left-- > 0 && !settle) continue;
      left = kNotHolding;
      any = true;
      t.Send(i, ReleaseCommand("a"));
    }
    if (!any) break;
    if (settle) continue;
    NoErrorWithoutCause(t, who, answer);
    if (answer.is(AnswerKind::kAcquired)) {
      ++acquired[static_cast<size_t>(who)];
      keeps_for[static_cast<size_t>(who)] = static_cast<int>(t.random()() % 4);
    } else if (!is_over()) {
      t.Send(who, AcquireCommand("a", t.Path("lock")));
    }
  }
  return acquired;
}

void FreeRunNeverOverlaps(Trial& t) {
  RunFreely(t, 4, 1500, 0);
  t.HistoryMustBeLegal();
}

void EveryContenderGetsTurns(Trial& t) {
  const std::vector<int> acquired = RunFreely(t, 4, 200, 3);
  t.Expect(*std::min_element(acquired.begin(), acquired.end()) >= 3,
           "each of four contenders that ask again and again gets the lock "
           "three times",
           absl::StrCat("they got it ", absl::StrJoin(acquired, ", "),
                        " times within ",
                        absl::FormatDuration(t.options().deadline)));
}

void DifferentPathsAreIndependent(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  t.MustAcquire(first, "a", t.Path("lock"));
  t.Note("A holds another lock in the same folder");
  t.MustAcquire(second, "a", t.Path("lock2"));
  t.MustAcquire(first, "b", t.Path("lock3"));
  t.MustRelease(first, "a");
  t.Note("A has released the first of its two locks");
  t.MustBeRefused(second, "b", t.Path("lock3"));
  t.MustBeRefused(first, "c", t.Path("lock2"));
}

// The holder by one name, another process by the other, both ways round; and
// then the holder's own process, another one each time: no attempt of its own
// has been refused before.
void NamesExclude(Trial& t, const std::string& name, const std::string& alias) {
  const int holder = t.Start();
  const int other = t.Start();
  MustExcludeEachOther(t, holder, other, name, alias);
  bool was_refused = false;
  const std::array<std::pair<std::string, std::string>, 2> ways = {
      {{name, alias}, {alias, name}}};
  for (const auto& [held, asked] : ways) {
    const int self = t.Start();
    {
      const Trial::Explains refused(
          t, was_refused ? kHarmless : absl::string_view());
      const Answer answer = t.Ask(self, AcquireCommand("a", held));
      t.Expect(answer.is(AnswerKind::kAcquired),
               absl::StrCat(ContenderLabel(self), " acquires what is free"),
               absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                            answer.message));
    }
    t.Note("the same file is held by another name, in the same process");
    const Trial::Explains same(t, "Exclusion.SecondAcquireInProcessIsRefused");
    MustBeRefusedTheName(t, self, "b", asked);
    t.MustRelease(self, "a");
    t.EndInput(self);
    was_refused = true;
  }
}

void RelativeAndAbsoluteNamesExclude(Trial& t) {
  NamesExclude(t, t.Path("lock"), t.RelativePath("lock"));
}

void DotDotNamesExclude(Trial& t) {
  t.MakeDirectory("sub");
  NamesExclude(t, t.Path("lock"), t.Path("sub/.././/lock"));
}

void HardLinksExclude(Trial& t) {
  if (!t.profile().AtPath() || t.profile().removes) {
    t.NotAsked("the lock is not the file at the path, or removes it");
  }
  t.Write("lock", "");
  t.Own(::link(t.Path("lock").c_str(), t.Path("alias").c_str()) == 0, "link");
  NamesExclude(t, t.Path("lock"), t.Path("alias"));
}

void SymlinkedDirectoriesExclude(Trial& t) {
  t.MakeDirectory("real");
  t.Own(::symlink("real", t.Path("linked").c_str()) == 0, "symlink");
  NamesExclude(t, t.Path("real/lock"), t.Path("linked/lock"));
}

// How long a holder is stopped: longer than a claimed age, where such a check
// has the time.
absl::Duration StopOf(const Trial& t) {
  const absl::Duration hold = t.options().hold;
  if (t.profile().stale != Profile::Stale::kByAge) return hold;
  const absl::Duration needed = t.profile().age + absl::Seconds(1);
  return needed > hold * 2 ? hold : std::max(hold, needed);
}

void StoppedHolderStillHolds(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Stop(holder);
  const absl::Duration stopped = MonotonicNow();
  t.Note("the holder is stopped");
  t.OutsiderMustBeRefused();
  const absl::Duration stop = StopOf(t);
  t.PauseUntil(stopped + stop);
  t.Note(absl::StrCat("the holder has been stopped for ",
                      absl::FormatDuration(stop)));
  t.OutsiderMustBeRefused();
  if (t.Can(kWait)) {
    // Some look for stale locks only while they wait.
    const Trial::Explains waits(t, "Waiting.NotBeforeDeadline");
    const Answer answer = t.Ask(
        t.Outsider(),
        AcquireCommand("outside", t.Path("lock"), absl::Milliseconds(20)));
    t.Expect(!answer.is(AnswerKind::kAcquired),
             "nobody acquires what a stopped process holds by waiting for it",
             absl::StrCat(ContenderLabel(t.Outsider()), " answered acquired"));
  }
  t.Signal(holder, SIGCONT);
  t.Note("the holder goes on");
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  t.Note("the holder has released");
  t.OutsiderMustAcquire();
}

void ClosingTheFileLosesNothing(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  const Answer answer =
      t.Ask(holder,
            TouchCommand(t.Path(t.KnowsPlace() ? t.PlaceOf("lock") : "lock")));
  if (answer.is(AnswerKind::kError)) {
    t.NotAsked("the lock file can't be opened while the lock is held");
  }
  t.Note("the holder's process has opened and closed the lock file");
  t.OutsiderMustBeRefused();
}

void ThreadsOfOneProcessExclude(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder, "a");
  t.OutsiderMustBeRefused();
  t.Note("another thread of the holder's process asks");
  {
    const Trial::Explains same(t, "Exclusion.SecondAcquireInProcessIsRefused");
    const Answer answer = t.Ask(holder, ThreadCommand("b", t.Path("lock")));
    t.Expect(answer.is(AnswerKind::kBusy), "the thread is refused (busy)",
             absl::StrCat("it was answered ", AnswerKindName(answer.kind)));
  }
  {
    const Trial::Explains own(t, "Exclusion.LockSurvivesRefusalInItsProcess");
    t.OutsiderMustBeRefused();
  }
  t.MustRelease(holder, "a");
  t.Note("the lock is free again");
  {
    const Trial::Explains refused(t, kHarmless);
    const Answer second = t.Ask(holder, ThreadCommand("c", t.Path("lock")));
    t.Expect(second.is(AnswerKind::kAcquired), "the thread acquires",
             absl::StrCat("it was answered ", AnswerKindName(second.kind)));
  }
  t.Note("a thread that has ended acquired for its process");
  t.OutsiderMustBeRefused();
}

}  // namespace

std::vector<Requirement> ExclusionChapter() {
  std::vector<Requirement> chapter = {
      {"Exclusion.SecondProcessIsRefused",
       Level::kMust,
       "While one process holds the lock, another one is refused.",
       "It is what a lock is for; the seed's transcript shows it first.",
       {},
       &SecondProcessIsRefused},
      {"Exclusion.RefusalIsPrompt",
       Level::kMust,
       "An attempt that does not wait is answered at once, also when it is "
       "refused.",
       "gofrs/flock 51: the call that must not block did.",
       {},
       &RefusalIsPrompt,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Exclusion.SecondAcquireInProcessIsRefused",
       Level::kMust,
       "A process that holds the lock is refused when it asks for it again.",
       "fasteners 130, Boost's file_lock: a second object in the process "
       "acquired as well. py-filelock 481: it waited for itself for ever.",
       {},
       &SecondAcquireInProcessIsRefused,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Exclusion.LockSurvivesRefusalInItsProcess",
       Level::kMust,
       "A refused second attempt in the holder's process takes nothing away "
       "from the first.",
       "leveldb, rocksdb 1780: closing the second descriptor freed the record "
       "lock of the first (fcntl(2), and POSIX at fcntl).",
       {},
       &LockSurvivesRefusalInItsProcess,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Exclusion.LockSurvivesRefusedProcess",
       Level::kMust,
       "The lock holds when a refused process releases what it did not get, "
       "and when it exits.",
       "A refused process that cleans up after itself must not clean up after "
       "the holder.",
       {},
       &LockSurvivesRefusedProcess,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Exclusion.BarrierRaceHasOneWinner",
       Level::kMust,
       "Of processes that ask for a free lock at the same time, exactly one "
       "gets it.",
       "Two winners corrupt the data; no winner stops everybody.",
       {},
       &BarrierRaceHasOneWinner,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Exclusion.FreeRunNeverOverlaps",
       Level::kMust,
       "However often several processes acquire and release, no two ever hold "
       "the lock at once, and none is refused while it is free.",
       "Races between release and acquisition show only when both go on at the "
       "same time (py-filelock 574, portalocker 115).",
       {},
       &FreeRunNeverOverlaps,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds",
        "Exclusion.BarrierRaceHasOneWinner"}},
      {"Exclusion.EveryContenderGetsTurns",
       Level::kShould,
       "Of processes that ask again and again, each gets the lock in time.",
       "cqlite 3701: some starved for hours.",
       {},
       &EveryContenderGetsTurns,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.FreeRunNeverOverlaps"}},
      {"Exclusion.DifferentPathsAreIndependent",
       Level::kMust,
       "Locks on different files have nothing to do with each other, also "
       "within one process.",
       "An implementation that keeps its state by process, or by folder, "
       "refuses too much or releases too much.",
       {},
       &DifferentPathsAreIndependent,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Exclusion.RelativeAndAbsoluteNamesExclude",
       Level::kMust,
       "The relative and the absolute name of one file lock the same thing.",
       "Programs are started from different folders.",
       {},
       &RelativeAndAbsoluteNamesExclude,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
      {"Exclusion.DotDotNamesExclude",
       Level::kMust,
       "Names of one file that differ in `..`, `.` and doubled slashes lock "
       "the same thing.",
       "A table of locks keyed by the name as typed misses this.",
       {},
       &DotDotNamesExclude,
       {"Exclusion.SecondProcessIsRefused",
        "Exclusion.RelativeAndAbsoluteNamesExclude"}},
      {"Exclusion.HardLinksExclude",
       Level::kShould,
       "Two hard links of one file lock the same thing.",
       "The kernel's locks belong to the file, not to its name; locks made by "
       "creating a file do not notice.",
       {},
       &HardLinksExclude,
       {"Exclusion.SecondProcessIsRefused"},
       Scope::kAnyKernel},
      {"Exclusion.SymlinkedDirectoriesExclude",
       Level::kMust,
       "A file that is reached through a symbolic link to its folder locks the "
       "same thing.",
       "/var/run and /run, or a home folder that was moved, are the everyday "
       "case.",
       {},
       &SymlinkedDirectoriesExclude,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.DotDotNamesExclude"}},
      {"Exclusion.StoppedHolderStillHolds",
       Level::kMust,
       "A holder that is stopped (SIGSTOP) still holds.",
       "Locks with a heartbeat lose it while their process is stopped or the "
       "machine sleeps (proper-lockfile 121).",
       {},
       &StoppedHolderStillHolds,
       {"Exclusion.SecondProcessIsRefused"},
       Scope::kAll,
       /*patient=*/true},
      {"Exclusion.ClosingTheFileLosesNothing",
       Level::kMust,
       "Somebody else opening and closing the lock file in the holder's "
       "process loses nothing.",
       "The trap of POSIX record locks: closing any descriptor of the file "
       "frees them all (fcntl(2)). A backup library or a `cat` in the same "
       "process is enough.",
       {kTouch},
       &ClosingTheFileLosesNothing,
       {"Exclusion.SecondProcessIsRefused"},
       Scope::kNotRecordLock},
      {"Exclusion.ThreadsOfOneProcessExclude",
       Level::kMust,
       "Two threads of one process exclude each other like two processes.",
       "Record locks belong to the process: a second thread gets the lock too.",
       {kThread},
       &ThreadsOfOneProcessExclude,
       {"Exclusion.SecondProcessIsRefused", "Exclusion.LiveHolderHolds"}},
  };
  for (std::vector<Requirement> more :
       {MoreOfExclusion(), ClocksOfExclusion()}) {
    chapter.insert(chapter.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
  }
  return chapter;
}

}  // namespace conformance
