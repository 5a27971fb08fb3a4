// Chapter Reacquisition: after a release, a refusal or a failure the lock can
// be had again, and nothing piles up.

#include <errno.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/waits.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

void BySameProcess(Trial& t) {
  const int holder = t.Start();
  for (int i = 0; i < 3 && t.going(); ++i) {
    t.MustAcquire(holder);
    t.MustRelease(holder);
    t.Note("A has released");
  }
  t.MustAcquire(holder, "another handle");
  t.OutsiderMustBeRefused();
}

void ByAnotherProcessAtOnce(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  for (int i = 0; i < 20 && t.going(); ++i) {
    t.MustAcquire(first);
    t.MustRelease(first);
    t.Note("the other one has released");
    t.MustAcquire(second);
    t.MustBeRefused(first);
    t.MustRelease(second);
  }
}

void AfterRefusal(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(other);
  t.MustRelease(holder);
  t.Note("B was refused before, and A has released since");
  t.MustAcquire(other);
  t.MustBeRefused(holder);
}

void ReleaseTwiceIsHarmless(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  t.MustAcquire(first, "a2", t.Path("lock2"));
  t.MustRelease(first, "a2");
  t.MustAcquire(first);
  t.MustRelease(first);
  t.Ask(first, ReleaseCommand("a"));
  t.Note("A has released twice");
  t.MustAcquire(second);
  t.Ask(first, ReleaseCommand("a"));
  t.Note("A has released a third time, while B holds");
  t.OutsiderMustBeRefused();
  t.MustBeRefused(first);
  t.MustRelease(second);
  t.MustAcquire(first, "b");
  // The first handle's resources are free for the second: a descriptor's number
  // above all.
  t.Ask(first, ReleaseCommand("a2"));
  t.Note("A has released its old handle, while it holds by another");
  t.OutsiderMustBeRefused();
}

// The thread that has acquired has ended, and the first one releases.
void AfterReleaseByAnotherThread(Trial& t) {
  const int who = t.Start();
  for (int i = 0; i < 3 && t.going(); ++i) {
    const Answer acquired = t.Ask(who, ThreadCommand("a", t.Path("lock")));
    {
      const Trial::Explains threads(t, "Exclusion.ThreadsOfOneProcessExclude");
      t.Expect(acquired.is(AnswerKind::kAcquired), "the thread acquires",
               absl::StrCat("it was answered ", AnswerKindName(acquired.kind)));
      t.OutsiderMustBeRefused();
    }
    const Answer released = t.Ask(who, ReleaseCommand("a"));
    if (released.is(AnswerKind::kError)) {
      t.NotAsked(
          "only the thread that has acquired can release, and the others are "
          "told so");
      return;
    }
    t.Expect(released.is(AnswerKind::kReleased), "A releases",
             absl::StrCat("A answered ", AnswerKindName(released.kind)));
    t.Note("one thread of A has acquired, and another one has released");
    t.OutsiderMustAcquire();
  }
  t.MustAcquire(who, "b");
  t.OutsiderMustBeRefused();
}

// More with every cycle are a leak. A few may be opened on first use, or wait
// for a garbage collector.
void ExpectNoMoreDescriptors(Trial& t, int who, size_t before, int cycles) {
  const std::optional<size_t> now = CountDescriptors(t.pid(who));
  if (!now.has_value()) {
    t.NotRun("this machine does not show a process's descriptors");
    return;
  }
  const size_t most = before + static_cast<size_t>(cycles) / 10;
  t.Expect(*now <= most,
           absl::StrCat("at most ", most, " open descriptors after ", cycles,
                        " cycles, since there were ", before, " before them"),
           absl::StrCat(*now, " open descriptors"));
}

void CyclesLeakNoDescriptors(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.MustRelease(holder);
  const size_t before = CountDescriptors(t.pid(holder)).value_or(0);
  for (int i = 0; i < 50 && t.going(); ++i) {
    t.MustAcquire(holder);
    t.MustRelease(holder);
  }
  ExpectNoMoreDescriptors(t, holder, before, 50);
}

void CyclesLeakNoChildren(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.MustRelease(holder);
  if (!t.going()) return;
  const size_t before = ChildrenOf(t.pid(holder)).size();
  for (int i = 0; i < 10 && t.going(); ++i) {
    t.MustAcquire(holder);
    t.MustRelease(holder);
  }
  if (!t.going()) return;
  const size_t now = ChildrenOf(t.pid(holder)).size();
  t.Expect(now <= before,
           absl::StrCat("as many children, dead ones included, as before ten "
                        "cycles: ",
                        before),
           absl::StrCat(now, " children"));
}

// A heap that grows for a while and then no more is no leak: runtimes that
// collect garbage have one. So it is looked at in parts, and one part that adds
// next to nothing is enough. Such runtimes are asked to keep their heaps small.
void CyclesLeakNoMemory(Trial& t) {
  StartOptions small;
  small.environment = {{"JAVA_TOOL_OPTIONS", "-XX:+UseSerialGC -Xmx64m -Xmn4m"},
                       {"NODE_OPTIONS", "--max-semi-space-size=1"},
                       {"GOGC", "10"},
                       {"DOTNET_GCgen0size", "400000"}};
  const int holder = t.Start(small);
  constexpr int kPart = 250;
  constexpr int kParts = 40;
  constexpr int kGrowing = 10;  // that so many parts grow in a row is a leak
  // Half a kilobyte a cycle.
  constexpr int64_t kAllowed = int64_t{kPart} << 9;
  std::vector<int64_t> growth;
  int64_t before = 0;
  int in_a_row = 0;
  for (int part = 0; part <= kParts && t.going(); ++part) {
    for (int i = 0; i < kPart && t.going(); ++i) {
      t.MustAcquire(holder);
      t.MustRelease(holder);
    }
    if (!t.going()) return;
    const int64_t now = ResidentBytes(t.pid(holder)).value_or(0);
    if (now == 0) {
      t.NotRun("this machine does not show a process's memory");
      return;
    }
    if (part > 0) {
      growth.push_back(now - before);
      in_a_row = now - before > kAllowed ? in_a_row + 1 : 0;
      if (part >= 3 && in_a_row == 0) return;
    }
    before = now;
    if (t.TimeIsShort() && part < kParts) {
      t.TooSlow(int64_t{part + 1} * kPart, int64_t{kParts} * kPart, "cycles");
    }
  }
  std::vector<int64_t> kilobytes;
  kilobytes.reserve(growth.size());
  for (const int64_t bytes : growth) kilobytes.push_back(bytes >> 10);
  t.Expect(in_a_row < kGrowing,
           absl::StrCat("of ", kParts, " times ", kPart,
                        " cycles, one of the last ", kGrowing, " adds at most ",
                        kAllowed >> 10, " KiB of resident memory"),
           absl::StrCat("they added, in KiB: ", absl::StrJoin(kilobytes, " ")));
}

void RefusalsLeakNoDescriptors(Trial& t) {
  const int holder = t.Start();
  const int refused = t.Start();
  t.MustAcquire(holder);
  for (const int who : {refused, holder}) {
    t.MustBeRefused(who, "b");
    const size_t before = CountDescriptors(t.pid(who)).value_or(0);
    {
      // The object that was refused before is released.
      const Trial::Explains basic(
          t, who == holder ? "Exclusion.ReleaseOfRefusedIsHarmless" : "");
      for (int i = 0; i < 50 && t.going(); ++i) t.MustBeRefused(who, "b");
    }
    if (who == holder) {
      t.Note("of the holder, that was refused a second lock");
    }
    ExpectNoMoreDescriptors(t, who, before, 50);
  }
}

size_t EntriesBelow(Trial& t, const std::string& folder) {
  namespace fs = std::filesystem;
  size_t entries = 0;
  std::error_code error;
  fs::recursive_directory_iterator it(
      t.Path(folder), fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    ++entries;
  }
  // A folder of the lock's may be removed meanwhile.
  errno = error.value();
  t.Own(!error || errno == ENOENT, absl::StrCat("listing ", folder));
  return entries;
}

// `make` makes so many attempts, after which nobody holds: a part. Of many
// parts one that adds next to nothing is enough: a lock may have as many files
// as it has slots, and what an attempt leaves may be removed by the next
// holder, or once there are many.
void ExpectNoFilesPileUp(Trial& t, absl::string_view what, int attempts,
                         absl::FunctionRef<void(int)> make) {
  constexpr int kParts = 40;
  size_t first = 0;
  size_t before = 0;
  for (int part = 0; part <= kParts && t.going(); ++part) {
    make(attempts);
    if (!t.going()) return;
    const size_t now = EntriesBelow(t, ".");
    if (part == 0) first = now;
    if (part > 0 && now < before + static_cast<size_t>(attempts) / 2) return;
    before = now;
    if (t.TimeIsShort() && part < kParts) {
      t.TooSlow(int64_t{part + 1} * attempts, int64_t{kParts + 1} * attempts,
                what);
    }
  }
  t.Expect(
      false,
      absl::StrCat("of ", kParts, " times ", attempts, " ", what,
                   ", one leaves fewer than ", attempts / 2, " files behind"),
      absl::StrCat("there were ", first, " files and folders after the first ",
                   attempts, ", and ", before,
                   " after all, and each time there were more"));
}

// The answers don't matter here, only what they leave behind.
void AttemptsLeaveNoFiles(Trial& t) {
  constexpr int kMany = 20;
  constexpr int kFew = 4;  // of those that take some time
  const int holder = t.Start();
  const int other = t.Start();
  const auto ask = [&](int who, const Command& command) {
    if (t.Ask(who, command).is(AnswerKind::kAcquired)) {
      t.Ask(who, ReleaseCommand(command[1]));
    }
  };
  // Attempts while it is held, and then the next holder.
  const auto in_vain = [&](absl::string_view what, int attempts,
                           absl::FunctionRef<void()> attempt) {
    ExpectNoFilesPileUp(t, what, attempts, [&](int times) {
      t.MustAcquire(holder);
      for (int i = 0; i < times && t.going(); ++i) attempt();
      t.MustRelease(holder);
      t.MustAcquire(other);
      t.MustRelease(other);
    });
  };
  ExpectNoFilesPileUp(t, "acquisitions", kMany, [&](int times) {
    for (int i = 0; i < times && t.going(); ++i) {
      t.MustAcquire(holder);
      t.MustRelease(holder);
    }
  });
  const Command attempt = AcquireCommand("b", t.Path("lock"));
  in_vain("refusals", kMany, [&] { ask(other, attempt); });
  in_vain("refusals of the holder's own process", kMany,
          [&] { ask(holder, attempt); });
  if (t.Can(kWait)) {
    in_vain("waits in vain", kFew, [&] {
      ask(other, AcquireCommand("b", t.Path("lock"), absl::Milliseconds(1)));
    });
  }
  if (t.Can(kCancel) && (t.Can(kWait) || t.Can(kForever))) {
    const Trial::Explains cancels(t, "Waiting.CancelledWaitEnds");
    for (const absl::Duration wait : CancellableWaits(t)) {
      in_vain("waits that are cancelled", kFew, [&] {
        StartWaiting(t, other, wait);
        AwaitAsleep(t, other);
        t.Cancel(other);
        if (t.Await(other).is(AnswerKind::kAcquired)) {
          t.Ask(other, ReleaseCommand("a"));
        }
      });
    }
  }
  if (t.IsElsewhere()) return;
  t.MakeDirectory(t.PlaceOf("folder"));
  ExpectNoFilesPileUp(t, "attempts that fail", kMany, [&](int times) {
    for (int i = 0; i < times && t.going(); ++i) {
      ask(other, AcquireCommand("b", t.Path("folder")));
    }
  });
}

// The answers don't matter here, only what they leave behind.
void FailuresLeakNoDescriptors(Trial& t) {
  const int who = t.Start();
  t.MakeDirectory(t.KnowsPlace() ? t.PlaceOf("folder") : "folder");
  const auto fail = [&] {
    for (const absl::string_view name : {"missing/lock", "folder"}) {
      const Answer answer = t.Ask(who, AcquireCommand("a", t.Path(name)));
      if (answer.is(AnswerKind::kAcquired)) t.Ask(who, ReleaseCommand("a"));
    }
  };
  fail();
  const size_t before = CountDescriptors(t.pid(who)).value_or(0);
  for (int i = 0; i < 30 && t.going(); ++i) fail();
  ExpectNoMoreDescriptors(t, who, before, 30);
}

void FailedThenMendedSucceeds(Trial& t) {
  const int who = t.Start();
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("missing/lock")));
  if (answer.is(AnswerKind::kAcquired) && !t.KnowsPlace()) {
    t.NotAsked("the lock needs no folder, and is kept elsewhere");
  }
  t.Expect(answer.is(AnswerKind::kError),
           "A gets an error that is no refusal: there is no such folder",
           absl::StrCat("A answered ", AnswerKindName(answer.kind)));
  t.MakeDirectory("missing");
  t.Note("the missing folder was made");
  t.MustAcquire(who, "a", t.Path("missing/lock"));
  t.OutsiderMustBeRefused(t.Path("missing/lock"));
  t.MustRelease(who, "a");
  t.OutsiderMustAcquire(t.Path("missing/lock"));
}

}  // namespace

std::vector<Requirement> ReacquisitionChapter() {
  return {
      {"Reacquisition.BySameProcess",
       Level::kMust,
       "A process that has released the lock can acquire it again.",
       "The seed's last example.",
       {},
       &BySameProcess},
      {"Reacquisition.ByAnotherProcessAtOnce",
       Level::kMust,
       "When a release has been answered, another process acquires at the "
       "first attempt.",
       "A lock that is freed some time later makes every hand-over a guess "
       "(zc.lockfile issue 8).",
       {},
       &ByAnotherProcessAtOnce},
      {"Reacquisition.AfterRefusal",
       Level::kMust,
       "A process that was refused acquires once the lock is free.",
       "rocksdb 8747: a failed attempt poisoned the table of locks.",
       {},
       &AfterRefusal},
      {"Reacquisition.ReleaseTwiceIsHarmless",
       Level::kMust,
       "Releasing a second time takes nothing from whoever holds the lock "
       "since.",
       "A second close of a descriptor number closes somebody else's; a second "
       "unlink removes somebody else's file.",
       {},
       &ReleaseTwiceIsHarmless},
      {"Reacquisition.AfterReleaseByAnotherThread",
       Level::kShould,
       "A lock that one thread has acquired is free once another thread of the "
       "process has released it, or the other one is told that it can't.",
       "Executors and asynchronous code hand objects from thread to thread. "
       "The kernel's locks know no threads (flock(2), fcntl(2)); a lock may, "
       "as mutexes do, if it says so. py-filelock 404: from 3.11 on each "
       "thread has a state of its own, and a release by another one does "
       "nothing, without a word.",
       {kThread},
       &AfterReleaseByAnotherThread,
       {"Exclusion.ThreadsOfOneProcessExclude",
        "Reacquisition.ByAnotherProcessAtOnce", "Reacquisition.BySameProcess"}},
      {"Reacquisition.CyclesLeakNoDescriptors",
       Level::kMust,
       "Acquiring and releasing again and again leaves no descriptor open.",
       "A daemon runs out of them after a week.",
       {},
       &CyclesLeakNoDescriptors},
      {"Reacquisition.CyclesLeakNoChildren",
       Level::kMust,
       "Acquiring and releasing again and again leaves no child, dead or "
       "alive.",
       "Mechanisms with helper processes leave zombies.",
       {},
       &CyclesLeakNoChildren},
      {"Reacquisition.CyclesLeakNoMemory",
       Level::kMust,
       "However often it acquires and releases, a process doesn't take more "
       "and "
       "more memory.",
       "Tables of locks that are only ever added to.",
       {},
       &CyclesLeakNoMemory},
      {"Reacquisition.RefusalsLeakNoDescriptors",
       Level::kMust,
       "A refused attempt leaves no descriptor open, in whichever process.",
       "fasteners leaked one with each refusal.",
       {},
       &RefusalsLeakNoDescriptors},
      {"Reacquisition.FailuresLeakNoDescriptors",
       Level::kMust,
       "A failed attempt leaves no descriptor open.",
       "Error paths are where they are forgotten.",
       {},
       &FailuresLeakNoDescriptors,
       {"Paths.MissingDirectory"}},
      {"Reacquisition.AttemptsLeaveNoFiles",
       Level::kMust,
       "However many attempts are made, and whatever comes of them, files "
       "don't pile up in the lock's folder.",
       "A lock that is made under a name of its own first leaves that behind "
       "where an error path forgets it, until the file system has no inode "
       "more.",
       {},
       &AttemptsLeaveNoFiles,
       {"Exclusion.SecondAcquireInProcessIsRefused",
        "Waiting.TimedOutWaiterGetsNothingLater",
        "Waiting.CancelledWaiterGetsNothingLater"}},
      {"Reacquisition.FailedThenMendedSucceeds",
       Level::kMust,
       "An attempt that failed for a missing folder succeeds once the folder "
       "is there.",
       "rocksdb 8747: the failed attempt stayed in the table of locks.",
       {},
       &FailedThenMendedSucceeds,
       {"Paths.MissingDirectory"}},
  };
}

}  // namespace conformance
