// Chapter Paths: names that cannot be locked. Each gives a clear error that is
// no refusal, at once; nothing is created or changed; and afterwards the same
// process can lock something else.

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/process.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

constexpr absl::string_view kTreasure = "precious content\n";

void StillWorks(Trial& t, int who) {
  t.Note("an ordinary lock, afterwards");
  t.MustAcquire(who, "ordinary", t.Path("ordinary"));
  t.OutsiderMustBeRefused(t.Path("ordinary"));
  t.MustRelease(who, "ordinary");
}

// What stands in the way of the lock.
enum class Obstacle {
  kName,   // there can be no file of that name
  kThing,  // there is something else already
};

// As a name of the trial's folder: where the lock of `name` would be.
std::string PlaceOf(Trial& t, absl::string_view name) {
  return t.IsElsewhere() ? std::string(name) : t.PlaceOf(name);
}

// An error that is taken for a refusal is, whatever the error is.
void JudgeFailure(Trial& t, int who, const Answer& answer) {
  const Trial::Explains refusal(
      t, answer.is(AnswerKind::kBusy) ? "Paths.ErrorIsNoRefusal" : "");
  t.JudgeFailure(who, answer);
}

// Twice, since what the first attempt leaves behind can fool the second. What
// is there already holds an existence lock, so such a lock may say busy; and a
// lock that is kept elsewhere may be had, if it excludes others.
void FailsCleanly(Trial& t, int who, const std::string& path,
                  Obstacle obstacle = Obstacle::kName) {
  for (const absl::string_view handle : {"a", "b"}) {
    const Answer answer = t.Ask(who, AcquireCommand(handle, path));
    if (answer.is(AnswerKind::kBusy) && obstacle == Obstacle::kThing &&
        t.profile().family == Family::kExistenceLock) {
      continue;
    }
    if (answer.is(AnswerKind::kAcquired) && t.IsElsewhere()) {
      t.OutsiderMustBeRefused(path);
      t.MustRelease(who, handle);
      continue;
    }
    JudgeFailure(t, who, answer);
  }
}

bool IsFolder(const FileFacts& facts) { return S_ISDIR(facts.mode); }

// Of a folder the time and size don't count: to look for a place in it changes
// them.
void SameFile(Trial& t, const FileFacts& before, absl::string_view name) {
  const FileFacts after = t.Facts(name);
  t.Expect(before.exists == after.exists && before.inode == after.inode &&
               before.mode == after.mode &&
               (IsFolder(before) ||
                (before.size == after.size && before.content == after.content &&
                 before.modified == after.modified)),
           absl::StrCat(name, " is as it was: ", before.ToString()),
           after.ToString());
}

void ErrorIsNoRefusal(Trial& t) {
  const int who = t.Start();
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("missing/lock")));
  t.Expect(!answer.is(AnswerKind::kBusy),
           "A is not refused (busy): there is no such folder, and so nobody "
           "holds a lock in it",
           "A answered busy");
}

void MissingDirectory(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("missing/lock"));
  t.Expect(!t.Facts("missing").exists, "the folder is not created",
           t.Facts("missing").ToString());
  StillWorks(t, who);
}

void FileAsDirectory(Trial& t) {
  t.Write("file", kTreasure);
  const FileFacts before = t.Facts("file");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("file/lock"));
  SameFile(t, before, "file");
  StillWorks(t, who);
}

// A thing that is no lock, and old, so that nobody takes it for one that is
// being made. Locks that are folders may take an old folder for one of theirs.
void Strange(Trial& t, absl::string_view name, absl::string_view made_of) {
  const std::string place = PlaceOf(t, name);
  if (!made_of.empty() && t.profile().made_of == made_of) {
    t.NotAsked(absl::StrCat("such a lock is a ", made_of, " itself"));
  }
  t.SetTimes(place, absl::FromUnixSeconds(1'000'000'000));
  const FileFacts before = t.Facts(place);
  const int who = t.Start();
  t.Note(absl::StrCat(place, " is ", before.ToString()));
  const std::string path = t.Path(name);
  for (const absl::string_view handle : {"a", "b"}) {
    const Answer answer = t.Ask(who, AcquireCommand(handle, path));
    if (answer.is(AnswerKind::kAcquired)) {
      // Whoever locks whatever opens must at least exclude the others.
      t.OutsiderMustBeRefused(path);
      t.MustRelease(who, handle);
    } else if (!answer.is(AnswerKind::kBusy) ||
               t.profile().family != Family::kExistenceLock) {
      JudgeFailure(t, who, answer);
    }
  }
  SameFile(t, before, place);
  StillWorks(t, who);
}

void MakeFifo(Trial& t, absl::string_view name) {
  t.Own(::mkfifo(t.Path(PlaceOf(t, name)).c_str(), 0644) == 0, "mkfifo");
}

void Directory(Trial& t) {
  if (t.profile().made_of == "folder") {
    t.NotAsked("such a lock is a folder itself");
  }
  const std::string place = PlaceOf(t, "folder");
  t.MakeDirectory(place);
  const FileFacts before = t.Facts(place);
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("folder"), Obstacle::kThing);
  if (t.profile().AtPath()) {
    FailsCleanly(t, who, t.Path("folder/"), Obstacle::kThing);
  }
  SameFile(t, before, place);
  StillWorks(t, who);
}

void Fifo(Trial& t) {
  MakeFifo(t, "fifo");
  Strange(t, "fifo", "");
}

void Socket(Trial& t) {
  // A socket's address is short; the folder's path may not be.
  const int folder =
      ::open(t.Path(".").c_str(), O_DIRECTORY | O_PATH | O_CLOEXEC);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name =
      absl::StrCat("/proc/self/fd/", folder, "/", PlaceOf(t, "socket"));
  std::copy(name.begin(), name.end(), address.sun_path);
  t.Own(::bind(fd, reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)) == 0,
        "bind");
  Strange(t, "socket", "");
  ::close(fd);
  ::close(folder);
}

// A null device of the trial's own where we may make one, and where it can be
// opened: on a file system mounted with nodev that alone is an error.
bool MakeDevice(Trial& t, absl::string_view name) {
  const std::string path = t.Path(PlaceOf(t, name));
  constexpr unsigned kNullMajor = 1;
  constexpr unsigned kNullMinor = 3;
  const bool made = ::mknod(path.c_str(), S_IFCHR | 0666,
                            ::makedev(kNullMajor, kNullMinor)) == 0;
  const int fd = made ? ::open(path.c_str(), O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

void Device(Trial& t) {
  if (!MakeDevice(t, "device")) {
    t.NotRun("this machine lets the check make no device that can be opened");
    return;
  }
  Strange(t, "device", "");
}

void SpecialFilesAreErrors(Trial& t) {
  const int who = t.Start();
  MakeFifo(t, "fifo");
  t.Note("a FIFO is there");
  FailsCleanly(t, who, t.Path("fifo"), Obstacle::kThing);
  if (t.going() && MakeDevice(t, "device")) {
    t.Note("a device is there");
    FailsCleanly(t, who, t.Path("device"), Obstacle::kThing);
  }
}

void SymbolicLinkTargetUntouched(Trial& t) {
  t.Write("target", kTreasure);
  t.SetMode("target", 0600);
  t.Link("target", PlaceOf(t, "lock"));
  const FileFacts target = t.Facts("target");
  const int who = t.Start();
  // Whether it refuses the link, follows it or replaces it is the next
  // requirements' question.
  t.Ask(who, AcquireCommand("a", t.Path("lock")));
  SameFile(t, target, "target");
  t.Ask(who, ReleaseCommand("a"));
  SameFile(t, target, "target");
}

void SymbolicLinkIsAnError(Trial& t) {
  if (t.profile().made_of == "link") {
    t.NotAsked("such a lock is a link itself");
  }
  t.Write("target", kTreasure);
  t.Link("target", PlaceOf(t, "lock"));
  const int who = t.Start();
  t.Note("the name is a symbolic link");
  FailsCleanly(t, who, t.Path("lock"), Obstacle::kThing);
  StillWorks(t, who);
}

void DanglingLinkCreatesNothing(Trial& t) {
  t.Link("target", PlaceOf(t, "lock"));
  const int who = t.Start();
  t.Ask(who, AcquireCommand("a", t.Path("lock")));
  t.Ask(who, ReleaseCommand("a"));
  t.Expect(!t.Facts("target").exists,
           "the file that a dangling link names is not created",
           t.Facts("target").ToString());
  StillWorks(t, who);
}

void LinkLoop(Trial& t) {
  const std::string place = PlaceOf(t, "loop");
  const int who = t.Start();
  if (t.profile().made_of != "link") {
    t.Link(place, place);
    FailsCleanly(t, who, t.Path("loop"), Obstacle::kThing);
  }
  t.Link("circle", "circle");
  FailsCleanly(t, who, t.Path("circle/lock"));
  StillWorks(t, who);
}

// In a folder of the check's, since a lock that adds to the name makes a file
// in the current one, or beside it.
void EmptyPath(Trial& t) {
  t.MakeDirectory("current");
  const int who = t.Start();
  const int other = t.Start();
  for (const int each : {who, other}) {
    t.Ask(each, ChdirCommand(t.Path("current")));
  }
  for (const absl::string_view handle : {"a", "b"}) {
    const Answer answer = t.Ask(who, AcquireCommand(handle, ""));
    if (!answer.is(AnswerKind::kAcquired) || !t.IsElsewhere()) {
      JudgeFailure(t, who, answer);
      continue;
    }
    // A lock that is kept elsewhere may have any name, if it excludes others.
    const Answer second = t.Ask(other, AcquireCommand("a", ""));
    t.Expect(second.is(AnswerKind::kBusy),
             "B is refused (busy) the empty path, which A holds",
             absl::StrCat("B answered ", AnswerKindName(second.kind), " ",
                          second.message));
    t.MustRelease(who, handle);
  }
  StillWorks(t, who);
}

void NulInPath(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(absl::string_view("lock\0hidden", 11)));
  const std::string half = PlaceOf(t, "lock");
  t.Expect(!t.Facts(half).exists, "no file of half the name is created",
           t.Facts(half).ToString());
  StillWorks(t, who);
}

void LongestNameWorks(Trial& t) {
  const std::string path = t.Path(std::string(NAME_MAX, 'n'));
  const int who = t.Start();
  t.Note("the name has 255 bytes, as many as a name may have");
  // With a suffix, or by way of a private file with one, it would be longer
  // than a name may be; but then that is what is to be said.
  const bool may_add =
      !t.profile().AtPath() || t.profile().family == Family::kExistenceLock;
  const Answer answer = t.Ask(who, AcquireCommand("a", path));
  if (may_add && !answer.is(AnswerKind::kAcquired)) {
    JudgeFailure(t, who, answer);
    return;
  }
  t.Expect(answer.is(AnswerKind::kAcquired), "A acquires",
           absl::StrCat("A answered ", AnswerKindName(answer.kind), " ",
                        answer.message));
  t.OutsiderMustBeRefused(path);
  t.MustRelease(who, "a");
  t.OutsiderMustAcquire(path);
}

void TooLongName(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(std::string(NAME_MAX + 1, 'n')));
  StillWorks(t, who);
}

// One that is normalised may be short enough then, and is to be the same.
void TooLongPath(Trial& t) {
  std::string path = t.Path("");
  while (path.size() <= PATH_MAX) path += "./././././././././";
  const int who = t.Start();
  const Answer answer = t.Ask(who, AcquireCommand("a", path + "lock"));
  if (answer.is(AnswerKind::kAcquired)) {
    t.Note("A has acquired by a path that is too long");
    {
      const Trial::Explains same(t, "Exclusion.DotDotNamesExclude");
      t.OutsiderMustBeRefused(t.Path("lock"));
    }
    t.MustRelease(who, "a");
  } else {
    JudgeFailure(t, who, answer);
    t.Expect(!t.Facts("lock").exists, "nothing is created",
             t.Facts("lock").ToString());
  }
  StillWorks(t, who);
}

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

// Makes files until there is no inode left for another one.
void FillInodes(Trial& t, absl::string_view folder) {
  t.MakeDirectory(absl::StrCat(folder, "/filler"));
  for (int i = 0; t.going(); ++i) {
    const int fd = ::open(t.Path(absl::StrCat(folder, "/filler/", i)).c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
      t.Own(errno == ENOSPC, "filling a file system");
      return;
    }
    ::close(fd);
  }
}

// Writes until there is no room for another byte.
void FillBytes(Trial& t, absl::string_view folder) {
  const int fd = ::open(t.Path(absl::StrCat(folder, "/filler")).c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string block(4096, 'f');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  t.Own(errno == ENOSPC, "filling a file system");
  ::close(fd);
}

void FullFileSystem(Trial& t) {
  if (!t.MountTmpfs("disk", "size=256k,nr_inodes=24")) return;
  FillInodes(t, "disk");
  const int who = t.Start();
  t.Note("the file system has no room for another file");
  FailsCleanly(t, who, t.Path("disk/lock"));
  t.Remove("disk/filler");
  t.Note("there is room again");
  t.MustAcquire(who, "a", t.Path("disk/lock"));
  t.OutsiderMustBeRefused(t.Path("disk/lock"));
  t.MustRelease(who, "a");
}

void NoRoomForContent(Trial& t) {
  if (!t.MountTmpfs("disk", "size=256k,nr_inodes=40")) return;
  FillBytes(t, "disk");
  const int who = t.Start();
  t.Note("the file system has no room for a byte");
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("disk/lock")));
  t.Expect(!answer.is(AnswerKind::kBusy),
           "the whole lock or an error, since nobody holds it",
           "A answered busy");
  if (answer.is(AnswerKind::kAcquired)) {
    t.OutsiderMustBeRefused(t.Path("disk/lock"));
    t.MustRelease(who, "a");
  }
  t.Remove("disk/filler");
  t.Note("there is room again");
  t.OutsiderMustAcquire(t.Path("disk/lock"));
  t.MustAcquire(who, "a", t.Path("disk/lock"));
  t.OutsiderMustBeRefused(t.Path("disk/lock"));
}

void NoRoomForRecord(Trial& t) {
  const std::string place = PlaceOf(t, "disk/lock");
  if (t.IsElsewhere()) {
    t.NotAsked("the lock is kept where the check can't take the room away");
    return;
  }
  if (!t.MountTmpfs("disk", "size=256k,nr_inodes=40")) return;
  FillBytes(t, "disk");
  const int who = t.Start();
  t.Note("the file system has no room for a byte");
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("disk/lock")));
  if (!answer.is(AnswerKind::kAcquired)) return;
  const FileFacts facts = t.Facts(place);
  if (S_ISDIR(facts.mode)) {
    t.NotAsked("the record is in a folder, and not to be found by its place");
    return;
  }
  t.Expect(absl::StrContains(facts.content, absl::StrCat(t.pid(who))),
           absl::StrCat("an error, or a file that names A's pid ", t.pid(who)),
           facts.ToString());
}

void NoDescriptorsLeft(Trial& t) {
  const int who = t.Start();
  // Once before, so that a language has loaded what it loads on first use.
  t.MustAcquire(who, "a");
  t.MustRelease(who, "a");
  if (!t.going()) return;
  // The limit bounds the number of a new descriptor (getrlimit(2)). Those that
  // are open beyond it stay usable.
  const std::optional<size_t> next = LowestFreeDescriptor(t.pid(who));
  if (!next.has_value()) {
    t.NotRun("this machine does not show a process's descriptors");
    return;
  }
  rlimit old;
  t.Own(::prlimit(t.pid(who), RLIMIT_NOFILE, nullptr, &old) == 0, "prlimit");
  const rlimit none = {static_cast<rlim_t>(*next), old.rlim_max};
  t.Own(::prlimit(t.pid(who), RLIMIT_NOFILE, &none, nullptr) == 0, "prlimit");
  t.Note("the process may open no descriptor more");
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path("lock")));
  if (answer.is(AnswerKind::kAcquired)) {
    t.Note("A needs no descriptor");
    t.OutsiderMustBeRefused();
    t.MustRelease(who, "a");
  } else {
    JudgeFailure(t, who, answer);
    t.OutsiderMustAcquire();
  }
  t.Own(::prlimit(t.pid(who), RLIMIT_NOFILE, &old, nullptr) == 0, "prlimit");
  t.Note("it may open descriptors again");
  t.MustAcquire(who, "a");
  t.OutsiderMustBeRefused();
}

void BareNameWorks(Trial& t) {
  t.MakeDirectory("elsewhere");
  const int who = t.Start();
  t.Ask(who, ChdirCommand(t.Path(".")));
  t.MustAcquire(who, "a", "lock");
  if (!t.IsElsewhere()) {
    const Trial::Explains there(t, "Persistence.FileExistsWhileHeld");
    t.Expect(t.Facts(t.PlaceOf("lock")).exists,
             "the file is in the current folder", "it is not");
  }
  {
    const Trial::Explains same(t, "Exclusion.RelativeAndAbsoluteNamesExclude");
    t.OutsiderMustBeRefused();
  }
  t.Ask(who, ChdirCommand(t.Path("elsewhere")));
  t.MustRelease(who, "a");
  t.Note("A has released after it went to another folder");
  t.OutsiderMustAcquire();
}

}  // namespace

std::vector<Requirement> PathsChapter() {
  return {
      {"Paths.ErrorIsNoRefusal",
       Level::kMust,
       "What can't be locked, for want of a folder, is not refused as if "
       "somebody held it.",
       "Whoever takes a typing mistake for a busy lock waits for ever "
       "(fd-lock 8, py-filelock 67).",
       {},
       &ErrorIsNoRefusal},
      {"Paths.MissingDirectory",
       Level::kShould,
       "A missing folder is a clear error, and is not created.",
       "A typing mistake must not make a second place to lock. It is no MUST, "
       "since some make the folder on purpose, and say so.",
       {},
       &MissingDirectory},
      {"Paths.FileAsDirectory",
       Level::kMust,
       "A file where a folder should be is a clear error.",
       "As above (ENOTDIR, open(2)).",
       {},
       &FileAsDirectory},
      {"Paths.Directory",
       Level::kMust,
       "A folder at the path is a clear error, and is left as it was.",
       "A folder can be opened for reading and locked by flock(2): then it is "
       "locked, and the file is not.",
       {},
       &Directory},
      {"Paths.Fifo",
       Level::kMust,
       "A FIFO at the path is answered at once and left as it is, and whoever "
       "is given it as a lock excludes others.",
       "py-filelock 549: opening it blocked for ever (fifo(7)).",
       {},
       &Fifo},
      {"Paths.Socket",
       Level::kMust,
       "A socket at the path is answered at once and left as it is.",
       "As above.",
       {},
       &Socket,
       {"Paths.Fifo"}},
      {"Paths.Device",
       Level::kMust,
       "A device at the path is answered at once and left as it is, and "
       "whoever is given it as a lock excludes others.",
       "Writing to a device has effects.",
       {},
       &Device,
       {"Paths.Fifo"}},
      {"Paths.SpecialFilesAreErrors",
       Level::kShould,
       "A FIFO or a device at the path is a clear error.",
       "Opening one has effects, and it is not what was meant. It is no MUST, "
       "since where the caller opens the file it is for the caller to look.",
       {},
       &SpecialFilesAreErrors,
       {"Paths.Fifo", "Paths.Device"}},
      {"Paths.SymbolicLinkTargetUntouched",
       Level::kMust,
       "When the name is a symbolic link, its target keeps its bytes, mode and "
       "times.",
       "CVE-2025-68146, CVE-2026-22701: a planted link made the locker empty "
       "its target.",
       {},
       &SymbolicLinkTargetUntouched},
      {"Paths.SymbolicLinkIsAnError",
       Level::kShould,
       "A symbolic link at the path is a clear error.",
       "In a folder where others may write, it is planted.",
       {},
       &SymbolicLinkIsAnError,
       {"Paths.SymbolicLinkTargetUntouched",
        "Paths.DanglingLinkCreatesNothing"}},
      {"Paths.DanglingLinkCreatesNothing",
       Level::kMust,
       "A dangling link at the path does not make the locker create its "
       "target.",
       "A planted one creates files wherever the locker may (symlink(7)).",
       {},
       &DanglingLinkCreatesNothing,
       {"Paths.SymbolicLinkTargetUntouched"}},
      {"Paths.LinkLoop",
       Level::kMust,
       "A loop of symbolic links is a clear error.",
       "ELOOP, open(2).",
       {},
       &LinkLoop,
       {"Paths.MissingDirectory"}},
      {"Paths.EmptyPath",
       Level::kShould,
       "The empty path is a clear error.",
       "An unset variable must not lock the current folder. It is no MUST, "
       "since a lock that adds to the name has one then, too.",
       {kChdir},
       &EmptyPath},
      {"Paths.NulInPath",
       Level::kMust,
       "A path with a NUL byte is a clear error, and no file of half its name "
       "is created.",
       "The kernel sees the name only up to the NUL.",
       {},
       &NulInPath},
      {"Paths.LongestNameWorks",
       Level::kShould,
       "A name of 255 bytes, the longest there is, can be locked; an "
       "implementation that adds to the name says clearly that it can't.",
       "A name that is cut is another name.",
       {},
       &LongestNameWorks},
      {"Paths.TooLongName",
       Level::kMust,
       "A name of 256 bytes is a clear error.",
       "ENAMETOOLONG, open(2).",
       {},
       &TooLongName},
      {"Paths.TooLongPath",
       Level::kMust,
       "A path beyond PATH_MAX is a clear error.",
       "A cut path is another path.",
       {},
       &TooLongPath},
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
      {"Paths.FullFileSystem",
       Level::kMust,
       "On a file system without room for another file a new lock is a clear "
       "error, and works once there is room.",
       "ENOSPC, open(2).",
       {},
       &FullFileSystem},
      {"Paths.NoRoomForContent",
       Level::kMust,
       "On a file system without room for a byte there is the whole lock or a "
       "clear error.",
       "py-filelock 601: a short write of the record gave two holders.",
       {},
       &NoRoomForContent},
      {"Paths.NoRoomForRecord",
       Level::kShould,
       "A lock that records its holder isn't acquired without the record where "
       "there is no room for it.",
       "An operator who looks for the holder finds an empty file, and takes "
       "the lock for one that was left over. It is no MUST, since the kernel "
       "excludes without a record as well.",
       {kOwnerPid},
       &NoRoomForRecord,
       {"OwnerRecord.RecordNamesHolder", "Paths.NoRoomForContent"}},
      {"Paths.NoDescriptorsLeft",
       Level::kMust,
       "Without a free descriptor there is a clear error, and all is well once "
       "there is one.",
       "EMFILE, open(2): a busy server runs out of them.",
       {},
       &NoDescriptorsLeft},
      {"Paths.BareNameWorks",
       Level::kMust,
       "A bare name is a file in the current folder, also when the process "
       "goes elsewhere before it releases.",
       "The seed's examples use bare names; whoever remembers the name and not "
       "the file releases the wrong one.",
       {kChdir},
       &BareNameWorks},
  };
}

}  // namespace conformance
