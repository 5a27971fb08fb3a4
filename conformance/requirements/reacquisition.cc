// Chapter Reacquisition: after a release, a refusal or a failure the lock can
// be had again, and nothing piles up.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/process.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

constexpr int kManyCycles = 1000;

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
  // What the first handle used is free for the second: a descriptor's number
  // above all.
  t.Ask(first, ReleaseCommand("a2"));
  t.Note("A has released its old handle, while it holds by another");
  t.OutsiderMustBeRefused();
}

// What counts is whether there are more with every cycle. A few may be opened
// on first use, or wait for a garbage collector.
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

void ThousandCyclesLeakNoMemory(Trial& t) {
  const int holder = t.Start();
  const auto cycle = [&](int times) {
    for (int i = 0; i < times && t.going(); ++i) {
      t.MustAcquire(holder);
      t.MustRelease(holder);
    }
  };
  cycle(kManyCycles / 4);
  const int64_t before = ResidentBytes(t.pid(holder)).value_or(0);
  cycle(kManyCycles);
  const int64_t now = ResidentBytes(t.pid(holder)).value_or(0);
  if (before == 0 || now == 0) {
    t.NotRun("this machine does not show a process's memory");
    return;
  }
  // A kilobyte a cycle; garbage collectors stay far below over 1,000 cycles.
  constexpr int64_t kAllowed = int64_t{kManyCycles} << 10;
  t.Expect(now - before <= kAllowed,
           absl::StrCat("at most ", kAllowed >> 10, " KiB more resident after ",
                        kManyCycles, " cycles than before them"),
           absl::StrCat((now - before) >> 10, " KiB more"));
}

void RefusalsLeakNoDescriptors(Trial& t) {
  const int holder = t.Start();
  const int refused = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(refused);
  t.MustBeRefused(holder, "b");
  const size_t before = CountDescriptors(t.pid(refused)).value_or(0);
  const size_t own = CountDescriptors(t.pid(holder)).value_or(0);
  for (int i = 0; i < 50 && t.going(); ++i) {
    t.MustBeRefused(refused);
    t.MustBeRefused(holder, "b");
  }
  ExpectNoMoreDescriptors(t, refused, before, 50);
  t.Note("of the holder, that was refused a second lock");
  ExpectNoMoreDescriptors(t, holder, own, 50);
}

void FailuresLeakNoDescriptors(Trial& t) {
  const int who = t.Start();
  t.MustFail(who, "a", t.Path("missing/lock"));
  t.MakeDirectory("folder");
  t.MustFail(who, "a", t.Path("folder"));
  const size_t before = CountDescriptors(t.pid(who)).value_or(0);
  for (int i = 0; i < 30 && t.going(); ++i) {
    t.MustFail(who, "a", t.Path("missing/lock"));
    t.MustFail(who, "a", t.Path("folder"));
  }
  ExpectNoMoreDescriptors(t, who, before, 30);
}

void FailedThenMendedSucceeds(Trial& t) {
  const int who = t.Start();
  t.MustFail(who, "a", t.Path("missing/lock"));
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
      {"Reacquisition.ThousandCyclesLeakNoMemory",
       Level::kMust,
       "A thousand cycles take no more memory than a few.",
       "Tables of locks that are only ever added to.",
       {},
       &ThousandCyclesLeakNoMemory},
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
       &FailuresLeakNoDescriptors},
      {"Reacquisition.FailedThenMendedSucceeds",
       Level::kMust,
       "An attempt that failed for a missing folder succeeds once the folder "
       "is there.",
       "rocksdb 8747: the failed attempt stayed in the table of locks.",
       {},
       &FailedThenMendedSucceeds},
  };
}

}  // namespace conformance
