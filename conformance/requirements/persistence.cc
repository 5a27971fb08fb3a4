// Chapter Persistence: what becomes of the lock file itself.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/proc.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

constexpr absl::string_view kContent = "somebody's content\nof two lines\n";

FileFacts LockFacts(Trial& t) { return t.Facts(t.PlaceOf("lock")); }

void ExpectFile(Trial& t, absl::string_view when) {
  const FileFacts facts = LockFacts(t);
  t.Expect(facts.exists, absl::StrCat("the lock file exists ", when),
           facts.ToString());
}

void FileExistsWhileHeld(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  ExpectFile(t, "while the lock is held");
}

void FileExistsAfterRelease(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.MustRelease(holder);
  ExpectFile(t, "after the release");
  t.EndInput(holder);
  ExpectFile(t, "after the process has exited");
}

void FileExistsAfterCrash(Trial& t) {
  const int holder = t.Start();
  t.MustAcquire(holder);
  t.Kill(holder, SIGKILL);
  ExpectFile(t, "after the holder was killed");
}

void InodeStaysOverCycles(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  t.MustAcquire(first);
  const FileFacts before = LockFacts(t);
  // As long as we have it open, no new file is given its inode's number.
  const int pinned =
      ::open(t.Path(t.PlaceOf("lock")).c_str(), O_PATH | O_CLOEXEC);
  t.MustRelease(first);
  for (int i = 0; i < 20 && t.going(); ++i) {
    const int who = i % 2 == 0 ? second : first;
    t.MustAcquire(who);
    const FileFacts now = LockFacts(t);
    t.Expect(now.inode == before.inode && now.device == before.device,
             absl::StrCat("the lock file stays the file it was: ",
                          before.ToString()),
             now.ToString());
    t.MustRelease(who);
  }
  ::close(pinned);
}

// A refusal of another process, and then one of the holder's own. The file is
// to be `same` after each.
void AroundRefusals(Trial& t, absl::string_view what,
                    bool (*same)(const FileFacts&, const FileFacts&)) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  t.MustBeRefused(other);
  const std::string place = t.PlaceOf("lock");
  const bool by_kernel = IsAsked(Scope::kAnyKernel, t.profile().family);
  if (by_kernel && S_ISREG(t.Facts(place).mode)) {
    // Two holders with a record would write the same one; so it is ours. An old
    // time shows every later change, however coarse the clock is. Other locks
    // can depend on what the file holds and on its age, so theirs is left.
    t.Overwrite(place, kContent);
    t.SetMode(place, 0640);
    t.SetTimes(place, absl::FromUnixSeconds(1'000'000'000));
  }
  // The holder of such a lock may renew it at any time; that it always did so
  // during a refusal is no chance.
  const int times = by_kernel ? 1 : 6;
  const auto refuse = [&](int who, absl::string_view whose,
                          absl::string_view basic) {
    FileFacts before;
    FileFacts after;
    bool changed = true;
    for (int i = 0; i < times && changed && t.going(); ++i) {
      before = t.Facts(place);
      const Trial::Explains explains(t, basic);
      t.MustBeRefused(who, "b");
      after = t.Facts(place);
      changed = !same(before, after);
    }
    t.Expect(!changed,
             absl::StrCat("a refusal of ", whose, " leaves ", what, ": ",
                          before.ToString()),
             after.ToString());
  };
  refuse(other, "another process", "Exclusion.SecondProcessIsRefused");
  refuse(holder, "the holder's own process",
         "Exclusion.SecondAcquireInProcessIsRefused");
}

void RefusalChangesNoContent(Trial& t) {
  AroundRefusals(
      t, "the content", [](const FileFacts& before, const FileFacts& after) {
        return after.content == before.content && after.size == before.size;
      });
}

void RefusalChangesNoMode(Trial& t) {
  AroundRefusals(
      t, "file and mode", [](const FileFacts& before, const FileFacts& after) {
        return after.mode == before.mode && after.inode == before.inode &&
               after.links == before.links;
      });
}

void RefusalChangesNoTimes(Trial& t) {
  AroundRefusals(t, "the time of the last change",
                 [](const FileFacts& before, const FileFacts& after) {
                   return after.modified == before.modified;
                 });
}

void ExistingFileIsUsed(Trial& t) {
  t.Write("lock", kContent);
  const FileFacts before = t.Facts("lock");
  const int holder = t.Start();
  t.MustAcquire(holder);
  const FileFacts held = t.Facts("lock");
  t.Expect(held.inode == before.inode && held.mode == before.mode,
           absl::StrCat("the file that was there is used: ", before.ToString()),
           held.ToString());
  t.OutsiderMustBeRefused();
  t.MustRelease(holder);
  const FileFacts after = t.Facts("lock");
  t.Expect(after.inode == before.inode && after.mode == before.mode,
           absl::StrCat("the file that was there is left: ", before.ToString()),
           after.ToString());
}

void ContentIsLeftAlone(Trial& t) {
  if (t.profile().removes) t.NotAsked("the lock removes its file");
  t.Write("lock", kContent);
  const int holder = t.Start();
  if (t.Can(kOwnerPid)) {
    t.Unsupported("the contender records its pid, so the content is its own");
  }
  t.MustAcquire(holder);
  const FileFacts held = t.Facts("lock");
  if (absl::StrContains(held.content, absl::StrCat(t.pid(holder)))) {
    t.Unsupported("the lock records its owner, so the content is its own");
  }
  t.Expect(held.content == kContent, "acquiring leaves the file's content",
           held.ToString());
  t.MustRelease(holder);
  const FileFacts after = t.Facts("lock");
  t.Expect(after.content == kContent, "releasing leaves the file's content",
           after.ToString());
}

// A record may have a number in it that counts, and gets longer.
void FileDoesNotGrow(Trial& t) {
  constexpr uint64_t kNumbersGrow = 8;
  const int first = t.Start();
  const int second = t.Start();
  uint64_t most = 0;
  for (const int who : {first, second}) {
    t.MustAcquire(who);
    most = std::max(most, LockFacts(t).size);
    t.MustRelease(who);
  }
  for (int i = 0; i < 20 && t.going(); ++i) {
    const int who = i % 2 == 0 ? first : second;
    t.MustAcquire(who);
    const FileFacts facts = LockFacts(t);
    t.Expect(facts.size <= most + kNumbersGrow,
             absl::StrCat("after any number of cycles the file is no larger "
                          "than after the first: ",
                          most, " bytes, and a few for numbers that grow"),
             absl::StrCat("after ", i + 3, " cycles: ", facts.ToString()));
    t.MustRelease(who);
  }
}

// Makes the lock file so long, with a hole that takes no room.
void Lengthen(Trial& t, const std::string& name, off_t size, int flags) {
  if (!t.going()) return;
  const int fd = ::open(t.Path(name).c_str(),
                        O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
  if (!t.Own(fd >= 0, absl::StrCat("opening ", name))) return;
  const bool done = ::ftruncate(fd, size) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!done && error == EFBIG) {
    t.NotRun(absl::StrCat("this machine has no files of ", size, " bytes"));
    return;
  }
  t.Own(done, absl::StrCat("ftruncate ", name));
  t.Did(absl::StrCat("the check has made ", name, " ", size, " bytes long"));
}

// An answer that is too long in coming is a hang. One that reads the whole file
// into memory would take that from everybody, so it is watched meanwhile.
Answer AskWithinMemory(Trial& t, int who, const Command& command) {
  constexpr int64_t kMost = int64_t{256} << 20;
  const int64_t before = MostResidentBytes(t.pid(who)).value_or(0);
  const auto watch = [&] {
    const int64_t more = MostResidentBytes(t.pid(who)).value_or(0) - before;
    t.Expect(more <= kMost,
             absl::StrCat(ContenderLabel(who), " takes at most ", kMost >> 20,
                          " MiB more of memory to ", command[0]),
             absl::StrCat("it took ", more >> 20, " MiB more"));
  };
  t.Send(who, command);
  const absl::Duration until = MonotonicNow() + t.deadline();
  while (t.going() && !t.HasAnswer(who) && MonotonicNow() < until) {
    watch();
    t.Pause(absl::Microseconds(500));
  }
  watch();
  return t.Await(who);
}

// Beyond what fits in 31 and in 32 bits; and more than can be read in time. On
// a file system of its own, where there is no room for a copy.
void LargeFileIsNotRead(Trial& t) {
  constexpr off_t kGiB = off_t{1} << 30;
  const std::string place = t.PlaceOf("disk/lock");
  if (!t.MountTmpfs("disk", "size=1m")) return;
  const int first = t.Start();
  const int second = t.Start();
  const std::string path = t.Path("disk/lock");
  const auto must = [&](int who, const Command& command, AnswerKind kind) {
    const Answer answer = AskWithinMemory(t, who, command);
    if (SaysItIsOfAnotherForm(t, answer)) return;
    t.Expect(answer.is(kind),
             absl::StrCat(ContenderLabel(who), " answers ",
                          AnswerKindName(kind), " to ", command[0],
                          ", as it does where the file is empty"),
             absl::StrCat("it answered ", AnswerKindName(answer.kind), " ",
                          answer.message));
  };
  const Command acquire = AcquireCommand("a", path);
  const Command release = ReleaseCommand("a");
  // After this a runtime has loaded what it loads on first use.
  t.MustAcquire(first, "a", path);
  t.MustBeRefused(second, "a", path);
  t.MustRelease(first);
  t.Remove(place);
  for (const off_t size : {3 * kGiB, 5 * kGiB, 1024 * kGiB}) {
    Lengthen(t, place, size, O_CREAT);
    must(first, acquire, AnswerKind::kAcquired);
    // A record may have taken its place.
    Lengthen(t, place, size, 0);
    must(second, acquire, AnswerKind::kBusy);
    if (AskWithinMemory(t, first, release).is(AnswerKind::kError)) {
      t.NotAsked("the lock minds that somebody else has written in its file");
    }
    must(second, acquire, AnswerKind::kAcquired);
    must(second, release, AnswerKind::kReleased);
    t.Remove(place);
  }
}

void RemovedFileIsCreatedAgain(Trial& t) {
  const int first = t.Start();
  t.MustAcquire(first);
  t.MustRelease(first);
  t.Remove(t.PlaceOf("lock"));
  t.Note("somebody has removed the free lock's file");
  t.MustAcquire(first);
  ExpectFile(t, "when it was acquired again");
  t.OutsiderMustBeRefused();
}

void ReleaseAfterRemovalSparesNewcomer(Trial& t) {
  const int old_holder = t.Start();
  const int newcomer = t.Start();
  t.MustAcquire(old_holder);
  t.Remove(t.PlaceOf("lock"));
  t.Note("somebody has removed the file while A holds it");
  // Whether the newcomer is refused now or gets a new file's lock is its own
  // affair: nothing can hold on to a name that is gone.
  const Answer answer = t.Ask(newcomer, AcquireCommand("a", t.Path("lock")));
  // An honest answer is also that there was nothing left to release.
  t.Ask(old_holder, ReleaseCommand("a"));
  t.Note("A has released the lock whose file was removed");
  if (answer.is(AnswerKind::kAcquired)) {
    ExpectFile(t, "while the newcomer holds it");
    t.OutsiderMustBeRefused();
    t.MustRelease(newcomer);
  }
  t.OutsiderMustAcquire();
}

}  // namespace

std::vector<Requirement> PersistenceChapter() {
  return {
      {"Persistence.FileExistsWhileHeld",
       Level::kMust,
       "While the lock is held, its file is there.",
       "Without a file at the path the next one creates another, and both "
       "hold.",
       {},
       &FileExistsWhileHeld,
       {},
       Scope::kAnyKernel},
      {"Persistence.FileExistsAfterRelease",
       Level::kMust,
       "The lock file is not removed when the lock is released: it is left "
       "behind.",
       "The seed says so. Removing it splits the waiters over two files: "
       "py-filelock 574, portalocker 115, gofrs/flock 8.",
       {},
       &FileExistsAfterRelease,
       {"Persistence.FileExistsWhileHeld"},
       Scope::kSeed},
      {"Persistence.FileExistsAfterCrash",
       Level::kMust,
       "The lock file is left behind when its holder is killed.",
       "A crash must not do what a release must not do.",
       {},
       &FileExistsAfterCrash,
       {"Persistence.FileExistsWhileHeld"},
       Scope::kSeed},
      {"Persistence.InodeStaysOverCycles",
       Level::kMust,
       "Over any number of cycles the lock file stays one and the same file.",
       "Locks belong to the inode; with a new one come two holders.",
       {},
       &InodeStaysOverCycles,
       {"Persistence.FileExistsWhileHeld",
        "Persistence.FileExistsAfterRelease"},
       Scope::kSeed},
      {"Persistence.RefusalChangesNoContent",
       Level::kMust,
       "A refused attempt changes no byte of the file.",
       "zc.lockfile 1.0.0 emptied the file on being refused, and so lost the "
       "holder's pid; py-filelock 591.",
       {},
       &RefusalChangesNoContent,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Persistence.RefusalChangesNoMode",
       Level::kMust,
       "A refused attempt changes neither the file nor its mode.",
       "py-filelock 591: the mode was changed before the lock was had.",
       {},
       &RefusalChangesNoMode,
       {"Exclusion.SecondProcessIsRefused"}},
      {"Persistence.RefusalChangesNoTimes",
       Level::kShould,
       "A refused attempt leaves the time of the file's last change.",
       "It tells since when the lock is held, and tools that watch the file "
       "are woken by every change.",
       {},
       &RefusalChangesNoTimes,
       {"Exclusion.SecondProcessIsRefused",
        "Persistence.RefusalChangesNoContent",
        "Persistence.RefusalChangesNoMode"},
       Scope::kAnyKernel},
      {"Persistence.ExistingFileIsUsed",
       Level::kMust,
       "A file that was there before is used, and not replaced.",
       "Somebody may hold the lock of the old one.",
       {},
       &ExistingFileIsUsed,
       {"Persistence.FileExistsWhileHeld", "Persistence.RefusalChangesNoMode"},
       Scope::kSeed},
      {"Persistence.ContentIsLeftAlone",
       Level::kShould,
       "A lock that records no owner leaves the content of the file alone.",
       "People lock data files themselves; emptying them on acquisition is how "
       "they lose them (CVE-2025-68146 did it through a symbolic link).",
       {},
       &ContentIsLeftAlone,
       {"Persistence.ExistingFileIsUsed", "Persistence.FileExistsWhileHeld"},
       Scope::kAnyKernel},
      {"Persistence.FileDoesNotGrow",
       Level::kMust,
       "The file is no larger after many cycles than after the first.",
       "zc.lockfile 1.0.1: pids piled up in the file.",
       {},
       &FileDoesNotGrow,
       {"OwnerRecord.OneRecordAfterManyCycles"}},
      {"Persistence.LargeFileIsNotRead",
       Level::kShould,
       "The lock of a file of gigabytes, or of a terabyte, is acquired, "
       "refused and released like that of an empty one, without reading all of "
       "the file.",
       "People lock data files and images of disks themselves. zc.lockfile "
       "1.0: a process that was refused read the whole file into memory, to "
       "log the first words of it.",
       {},
       &LargeFileIsNotRead,
       {"Exclusion.SecondProcessIsRefused",
        "Reacquisition.ByAnotherProcessAtOnce",
        "OwnerRecord.TextBehindRecordMisleadsNobody"},
       Scope::kAnyKernel},
      {"Persistence.RemovedFileIsCreatedAgain",
       Level::kMust,
       "When the file of a free lock was removed, acquiring creates it again "
       "and excludes.",
       "Cleaners of temporary folders remove old files.",
       {},
       &RemovedFileIsCreatedAgain,
       {"Persistence.FileExistsWhileHeld"},
       Scope::kAnyKernel},
      {"Persistence.ReleaseAfterRemovalSparesNewcomer",
       Level::kMust,
       "A holder whose file was removed does not harm the next holder when it "
       "releases.",
       "systemd 30760: a cleaner removed a held file; a release that unlinks "
       "by name then removes the newcomer's.",
       {},
       &ReleaseAfterRemovalSparesNewcomer,
       {"Exclusion.SecondProcessIsRefused"},
       Scope::kAnyKernel},
  };
}

}  // namespace conformance
