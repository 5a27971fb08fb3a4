// Chapter Persistence: what becomes of the lock file itself.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

constexpr absl::string_view kContent = "somebody's content\nof two lines\n";

void ExpectFile(Trial& t, absl::string_view when) {
  const FileFacts facts = t.Facts("lock");
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
  const FileFacts before = t.Facts("lock");
  // As long as we have it open, no new file is given its inode's number.
  const int pinned = ::open(t.Path("lock").c_str(), O_PATH | O_CLOEXEC);
  t.MustRelease(first);
  for (int i = 0; i < 20 && t.going(); ++i) {
    const int who = i % 2 == 0 ? second : first;
    t.MustAcquire(who);
    const FileFacts now = t.Facts("lock");
    t.Expect(now.inode == before.inode && now.device == before.device,
             absl::StrCat("the lock file stays the file it was: ",
                          before.ToString()),
             now.ToString());
    t.MustRelease(who);
  }
  ::close(pinned);
}

// The facts of the file before and after another process was refused.
struct BeforeAndAfter {
  FileFacts before, after;
};
BeforeAndAfter AroundRefusal(Trial& t) {
  const int holder = t.Start();
  const int other = t.Start();
  t.MustAcquire(holder);
  // Two holders with a record would write the same one; so it is ours.
  t.Overwrite("lock", kContent);
  t.Own(::chmod(t.Path("lock").c_str(), 0640) == 0, "chmod");
  // An old time shows every later change, however coarse the clock is.
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  t.Own(::utimensat(AT_FDCWD, t.Path("lock").c_str(), old, 0) == 0,
        "utimensat");
  BeforeAndAfter facts;
  facts.before = t.Facts("lock");
  t.MustBeRefused(other);
  t.MustBeRefused(holder, "b");
  facts.after = t.Facts("lock");
  return facts;
}

void RefusalChangesNoContent(Trial& t) {
  const auto [before, after] = AroundRefusal(t);
  t.Expect(after.content == before.content && after.size == before.size,
           absl::StrCat("a refusal leaves the content: ", before.ToString()),
           after.ToString());
}

void RefusalChangesNoMode(Trial& t) {
  const auto [before, after] = AroundRefusal(t);
  t.Expect(after.mode == before.mode && after.inode == before.inode &&
               after.links == before.links,
           absl::StrCat("a refusal leaves file and mode: ", before.ToString()),
           after.ToString());
}

void RefusalChangesNoTimes(Trial& t) {
  const auto [before, after] = AroundRefusal(t);
  t.Expect(after.modified == before.modified,
           absl::StrCat("a refusal leaves the time of the last change: ",
                        before.ToString()),
           after.ToString());
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
  t.Write("lock", kContent);
  const int holder = t.Start();
  if (t.Can(kOwnerPid)) {
    t.Unsupported("the contender records its pid, so the content is its own");
  }
  t.MustAcquire(holder);
  const FileFacts held = t.Facts("lock");
  t.Expect(held.content == kContent, "acquiring leaves the file's content",
           held.ToString());
  t.MustRelease(holder);
  const FileFacts after = t.Facts("lock");
  t.Expect(after.content == kContent, "releasing leaves the file's content",
           after.ToString());
}

void FileDoesNotGrow(Trial& t) {
  const int first = t.Start();
  const int second = t.Start();
  uint64_t most = 0;
  for (const int who : {first, second}) {
    t.MustAcquire(who);
    most = std::max(most, t.Facts("lock").size);
    t.MustRelease(who);
  }
  for (int i = 0; i < 20 && t.going(); ++i) {
    const int who = i % 2 == 0 ? first : second;
    t.MustAcquire(who);
    const FileFacts facts = t.Facts("lock");
    t.Expect(facts.size <= most,
             absl::StrCat("after any number of cycles the file is no larger "
                          "than after the first: ",
                          most, " bytes"),
             absl::StrCat("after ", i + 3, " cycles: ", facts.ToString()));
    t.MustRelease(who);
  }
}

void RemovedFileIsCreatedAgain(Trial& t) {
  const int first = t.Start();
  t.MustAcquire(first);
  t.MustRelease(first);
  t.Remove("lock");
  t.Note("somebody has removed the free lock's file");
  t.MustAcquire(first);
  ExpectFile(t, "when it was acquired again");
  t.OutsiderMustBeRefused();
}

void ReleaseAfterRemovalSparesNewcomer(Trial& t) {
  const int old_holder = t.Start();
  const int newcomer = t.Start();
  t.MustAcquire(old_holder);
  t.Remove("lock");
  t.Note("somebody has removed the file while A holds it");
  // Whether the newcomer is refused now or gets a new file's lock is its own
  // affair: nothing can hold on to a name that is gone.
  const Answer answer = t.Ask(newcomer, AcquireCommand("a", t.Path("lock")));
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
       &FileExistsWhileHeld},
      {"Persistence.FileExistsAfterRelease",
       Level::kMust,
       "The lock file is not removed when the lock is released: it is left "
       "behind.",
       "The seed says so. Removing it splits the waiters over two files: "
       "py-filelock 574, portalocker 115, gofrs/flock 8.",
       {},
       &FileExistsAfterRelease},
      {"Persistence.FileExistsAfterCrash",
       Level::kMust,
       "The lock file is left behind when its holder is killed.",
       "A crash must not do what a release must not do.",
       {},
       &FileExistsAfterCrash},
      {"Persistence.InodeStaysOverCycles",
       Level::kMust,
       "Over any number of cycles the lock file stays one and the same file.",
       "Locks belong to the inode; with a new one come two holders.",
       {},
       &InodeStaysOverCycles},
      {"Persistence.RefusalChangesNoContent",
       Level::kMust,
       "A refused attempt changes no byte of the file.",
       "zc.lockfile 1.0.0 emptied the file on being refused, and so lost the "
       "holder's pid; py-filelock 591.",
       {},
       &RefusalChangesNoContent},
      {"Persistence.RefusalChangesNoMode",
       Level::kMust,
       "A refused attempt changes neither the file nor its mode.",
       "py-filelock 591: the mode was changed before the lock was had.",
       {},
       &RefusalChangesNoMode},
      {"Persistence.RefusalChangesNoTimes",
       Level::kShould,
       "A refused attempt leaves the time of the file's last change.",
       "It tells since when the lock is held, and tools that watch the file "
       "are woken by every change.",
       {},
       &RefusalChangesNoTimes},
      {"Persistence.ExistingFileIsUsed",
       Level::kMust,
       "A file that was there before is used, and not replaced.",
       "Somebody may hold the lock of the old one.",
       {},
       &ExistingFileIsUsed},
      {"Persistence.ContentIsLeftAlone",
       Level::kShould,
       "A lock that records no owner leaves the content of the file alone.",
       "People lock data files themselves; emptying them on acquisition is how "
       "they lose them (CVE-2025-68146 did it through a symbolic link).",
       {},
       &ContentIsLeftAlone},
      {"Persistence.FileDoesNotGrow",
       Level::kMust,
       "The file is no larger after many cycles than after the first.",
       "zc.lockfile 1.0.1: pids piled up in the file.",
       {},
       &FileDoesNotGrow},
      {"Persistence.RemovedFileIsCreatedAgain",
       Level::kMust,
       "When the file of a free lock was removed, acquiring creates it again "
       "and excludes.",
       "Cleaners of temporary folders remove old files.",
       {},
       &RemovedFileIsCreatedAgain},
      {"Persistence.ReleaseAfterRemovalSparesNewcomer",
       Level::kMust,
       "A holder whose file was removed does not harm the next holder when it "
       "releases.",
       "systemd 30760: a cleaner removed a held file; a release that unlinks "
       "by name then removes the newcomer's.",
       {},
       &ReleaseAfterRemovalSparesNewcomer},
  };
}

}  // namespace conformance
