// Chapter Paths: folders, files and file systems in which the user may not do
// what a lock takes.

#include <sys/stat.h>

#include <string>
#include <vector>

#include "conformance/contender.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/path_steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

// A contender for which permissions hold, as root too.
int StartOrdinary(Trial& t) {
  StartOptions ordinary;
  ordinary.obey_permissions = true;
  return t.Start(ordinary);
}

void UnwritableDirectory(Trial& t) {
  t.MakeDirectory("folder", 0555);
  const int who = StartOrdinary(t);
  t.Note("the folder may not be written in");
  FailsCleanly(t, who, t.Path("folder/lock"));
  t.Expect(!t.Facts("folder/lock").exists, "nothing is created",
           t.Facts("folder/lock").ToString());
  t.Own(::chmod(t.Path("folder").c_str(), 0755) == 0, "chmod");
  t.Note("the folder may be written in again");
  t.MustAcquire(who, "a", t.Path("folder/lock"));
  t.MustRelease(who, "a");
}

void ForbiddenFile(Trial& t) {
  const std::string place = PlaceOf(t, "lock");
  t.Write(place, kTreasure);
  t.SetMode(place, 0);
  const FileFacts before = t.Facts(place);
  const int who = StartOrdinary(t);
  t.Note("the file may be neither read nor written");
  FailsCleanly(t, who, t.Path("lock"), Obstacle::kThing);
  SameFile(t, before, place);
  StillWorks(t, who);
}

void UnsearchableDirectory(Trial& t) {
  t.MakeDirectory("folder");
  t.SetMode("folder", 0600);
  const int who = StartOrdinary(t);
  t.Note("the folder may not be searched");
  FailsCleanly(t, who, t.Path("folder/lock"));
  StillWorks(t, who);
}

// Where a file may be read and not written, an implementation may lock it or
// report an error; but what it says must be true. `name` is the lock's path.
void HonestAbout(Trial& t, int who, const std::string& name) {
  if (t.profile().family == Family::kExistenceLock) {
    t.NotAsked("what is there is the lock itself, or the rest of one");
    return;
  }
  const std::string place = PlaceOf(t, name);
  const FileFacts before = t.Facts(place);
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path(name)));
  t.Expect(!answer.is(AnswerKind::kBusy),
           "an error or the lock, since nobody holds it", "A answered busy");
  if (answer.is(AnswerKind::kAcquired)) {
    const int other = t.Start();
    const Answer second = t.Ask(other, AcquireCommand("a", t.Path(name)));
    const Trial::Explains excludes(t, "Exclusion.SecondProcessIsRefused");
    t.Expect(!second.is(AnswerKind::kAcquired),
             "another one doesn't acquire, too", "B answered acquired");
    t.MustRelease(who, "a");
  }
  SameFile(t, before, place);
  StillWorks(t, who);
}

void ReadOnlyFile(Trial& t) {
  if (t.profile().family == Family::kExistenceLock) {
    t.NotAsked("what is there is the lock itself, or the rest of one");
    return;
  }
  const std::string place = PlaceOf(t, "lock");
  t.Write(place, kTreasure);
  t.SetMode(place, 0444);
  const int who = StartOrdinary(t);
  if (t.Can(kOwnerPid) && !t.IsElsewhere()) {
    t.Note("the file may not be written, so its owner cannot be recorded");
    const FileFacts before = t.Facts(place);
    FailsCleanly(t, who, t.Path("lock"), Obstacle::kThing);
    SameFile(t, before, place);
    return;
  }
  HonestAbout(t, who, "lock");
}

void ReadOnlyFileSystem(Trial& t) {
  if (!t.MountTmpfs("disk", "size=1m")) return;
  t.Write(PlaceOf(t, "disk/lock"), kTreasure);
  if (!t.RemountReadOnly("disk")) return;
  const int who = t.Start();
  t.Note("the file system is read-only");
  FailsCleanly(t, who, t.Path("disk/new"));
  if (!t.Can(kOwnerPid) && t.profile().family != Family::kExistenceLock) {
    HonestAbout(t, who, "disk/lock");
  }
}

}  // namespace

std::vector<Requirement> ForbiddenPaths() {
  return {
      {"Paths.UnwritableDirectory",
       Level::kMust,
       "A folder in which the user may not create is a clear error, and works "
       "once he may.",
       "It must not be taken for a lock that somebody holds: one would wait "
       "for ever.",
       {},
       &UnwritableDirectory},
      {"Paths.ForbiddenFile",
       Level::kMust,
       "A file that the user may neither read nor write is a clear error.",
       "As above.",
       {},
       &ForbiddenFile},
      {"Paths.UnsearchableDirectory",
       Level::kMust,
       "A folder that the user may not search is a clear error.",
       "As above.",
       {},
       &UnsearchableDirectory,
       {"Paths.UnwritableDirectory"}},
      {"Paths.ReadOnlyFile",
       Level::kMust,
       "A file that may only be read is locked or a clear error, and never "
       "something between.",
       "gofrs/flock 95: with NFS a lock needs a writable descriptor.",
       {},
       &ReadOnlyFile},
      {"Paths.ReadOnlyFileSystem",
       Level::kMust,
       "On a read-only file system a new lock is a clear error.",
       "EROFS, open(2).",
       {},
       &ReadOnlyFileSystem},
  };
}

}  // namespace conformance
