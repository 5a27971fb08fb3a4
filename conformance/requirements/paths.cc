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
#include <cstddef>
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

constexpr absl::string_view kTreasure = "precious content\n";

void StillWorks(Trial& t, int who) {
  t.Note("an ordinary lock, afterwards");
  t.MustAcquire(who, "ordinary", t.Path("ordinary"));
  t.OutsiderMustBeRefused(t.Path("ordinary"));
  t.MustRelease(who, "ordinary");
}

// Twice, since what the first attempt leaves behind can fool the second.
void FailsCleanly(Trial& t, int who, const std::string& path) {
  t.MustFail(who, "a", path);
  t.MustFail(who, "b", path);
}

void SameFile(Trial& t, const FileFacts& before, absl::string_view name) {
  const FileFacts after = t.Facts(name);
  t.Expect(before.exists == after.exists && before.inode == after.inode &&
               before.mode == after.mode && before.size == after.size &&
               before.content == after.content &&
               before.modified == after.modified,
           absl::StrCat(name, " is as it was: ", before.ToString()),
           after.ToString());
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

void Directory(Trial& t) {
  t.MakeDirectory("folder");
  const FileFacts before = t.Facts("folder");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("folder"));
  FailsCleanly(t, who, t.Path("folder/"));
  SameFile(t, before, "folder");
  StillWorks(t, who);
}

void Fifo(Trial& t) {
  t.Own(::mkfifo(t.Path("fifo").c_str(), 0644) == 0, "mkfifo");
  const FileFacts before = t.Facts("fifo");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("fifo"));
  SameFile(t, before, "fifo");
  StillWorks(t, who);
}

void Socket(Trial& t) {
  // A socket's address is short; the folder's path may not be.
  const int folder =
      ::open(t.Path(".").c_str(), O_DIRECTORY | O_PATH | O_CLOEXEC);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = absl::StrCat("/proc/self/fd/", folder, "/socket");
  std::copy(name.begin(), name.end(), address.sun_path);
  t.Own(::bind(fd, reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)) == 0,
        "bind");
  const FileFacts before = t.Facts("socket");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("socket"));
  SameFile(t, before, "socket");
  StillWorks(t, who);
  ::close(fd);
  ::close(folder);
}

void Device(Trial& t) {
  // A null device of the trial's own where we may make one, and where it can be
  // opened: on a file system mounted with nodev that alone is an error.
  std::string path = t.Path("device");
  constexpr unsigned kNullMajor = 1;
  constexpr unsigned kNullMinor = 3;
  const bool made = ::mknod(path.c_str(), S_IFCHR | 0666,
                            ::makedev(kNullMajor, kNullMinor)) == 0;
  const int fd = made ? ::open(path.c_str(), O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) {
    path = "/dev/null";
  } else {
    ::close(fd);
  }
  const int who = t.Start();
  FailsCleanly(t, who, path);
  StillWorks(t, who);
}

void SymbolicLinkTargetUntouched(Trial& t) {
  t.Write("target", kTreasure);
  t.Own(::chmod(t.Path("target").c_str(), 0600) == 0, "chmod");
  t.Own(::symlink("target", t.Path("lock").c_str()) == 0, "symlink");
  const FileFacts target = t.Facts("target");
  const FileFacts link = t.Facts("lock");
  const int who = t.Start();
  // Whether it refuses the link or follows it is the next requirement's
  // question.
  t.Ask(who, AcquireCommand("a", t.Path("lock")));
  SameFile(t, target, "target");
  t.Ask(who, ReleaseCommand("a"));
  SameFile(t, target, "target");
  SameFile(t, link, "lock");
}

void SymbolicLinkIsAnError(Trial& t) {
  t.Write("target", kTreasure);
  t.Own(::symlink("target", t.Path("lock").c_str()) == 0, "symlink");
  const int who = t.Start();
  t.Note("the name is a symbolic link");
  FailsCleanly(t, who, t.Path("lock"));
  StillWorks(t, who);
}

void DanglingLinkCreatesNothing(Trial& t) {
  t.Own(::symlink("target", t.Path("lock").c_str()) == 0, "symlink");
  const FileFacts link = t.Facts("lock");
  const int who = t.Start();
  t.Ask(who, AcquireCommand("a", t.Path("lock")));
  t.Ask(who, ReleaseCommand("a"));
  t.Expect(!t.Facts("target").exists,
           "the file that a dangling link names is not created",
           t.Facts("target").ToString());
  SameFile(t, link, "lock");
  StillWorks(t, who);
}

void LinkLoop(Trial& t) {
  t.Own(::symlink("loop", t.Path("loop").c_str()) == 0, "symlink");
  const int who = t.Start();
  FailsCleanly(t, who, t.Path("loop"));
  FailsCleanly(t, who, t.Path("loop/lock"));
  StillWorks(t, who);
}

void EmptyPath(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, "");
  StillWorks(t, who);
}

void NulInPath(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(absl::string_view("lock\0hidden", 11)));
  t.Expect(!t.Facts("lock").exists, "no file of half the name is created",
           t.Facts("lock").ToString());
  StillWorks(t, who);
}

void LongestNameWorks(Trial& t) {
  const std::string path = t.Path(std::string(NAME_MAX, 'n'));
  const int who = t.Start();
  t.Note("the name has 255 bytes, as many as a name may have");
  t.MustAcquire(who, "a", path);
  t.OutsiderMustBeRefused(path);
  t.MustRelease(who, "a");
  t.OutsiderMustAcquire(path);
}

void TooLongName(Trial& t) {
  const int who = t.Start();
  FailsCleanly(t, who, t.Path(std::string(NAME_MAX + 1, 'n')));
  StillWorks(t, who);
}

void TooLongPath(Trial& t) {
  std::string path = t.Path("");
  while (path.size() <= PATH_MAX) path += "./././././././././";
  const int who = t.Start();
  FailsCleanly(t, who, path + "lock");
  t.Expect(!t.Facts("lock").exists, "nothing is created",
           t.Facts("lock").ToString());
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
  t.Write("lock", kTreasure);
  t.Own(::chmod(t.Path("lock").c_str(), 0) == 0, "chmod");
  const FileFacts before = t.Facts("lock");
  const int who = StartOrdinary(t);
  t.Note("the file may be neither read nor written");
  FailsCleanly(t, who, t.Path("lock"));
  SameFile(t, before, "lock");
  StillWorks(t, who);
}

void UnsearchableDirectory(Trial& t) {
  t.MakeDirectory("folder");
  t.Write("folder/lock", kTreasure);
  t.Own(::chmod(t.Path("folder").c_str(), 0600) == 0, "chmod");
  const int who = StartOrdinary(t);
  t.Note("the folder may not be searched");
  FailsCleanly(t, who, t.Path("folder/lock"));
  StillWorks(t, who);
}

// Where a file may be read and not written, an implementation may lock it or
// report an error; but what it says must be true.
void HonestAbout(Trial& t, int who, const std::string& name) {
  const FileFacts before = t.Facts(name);
  const Answer answer = t.Ask(who, AcquireCommand("a", t.Path(name)));
  t.Expect(!answer.is(AnswerKind::kBusy),
           "an error or the lock, since nobody holds it", "A answered busy");
  if (answer.is(AnswerKind::kAcquired)) {
    t.OutsiderMustBeRefused(t.Path(name));
    t.MustRelease(who, "a");
  }
  SameFile(t, before, name);
  StillWorks(t, who);
}

void ReadOnlyFile(Trial& t) {
  t.Write("lock", kTreasure);
  t.Own(::chmod(t.Path("lock").c_str(), 0444) == 0, "chmod");
  const int who = StartOrdinary(t);
  if (t.Can(kOwnerPid)) {
    t.Note("the file may not be written, so its owner cannot be recorded");
    const FileFacts before = t.Facts("lock");
    FailsCleanly(t, who, t.Path("lock"));
    SameFile(t, before, "lock");
    return;
  }
  HonestAbout(t, who, "lock");
}

void ReadOnlyFileSystem(Trial& t) {
  if (!t.MountTmpfs("disk", "size=1m")) return;
  t.Write("disk/lock", kTreasure);
  if (!t.RemountReadOnly("disk")) return;
  const int who = t.Start();
  t.Note("the file system is read-only");
  FailsCleanly(t, who, t.Path("disk/new"));
  if (!t.Can(kOwnerPid)) HonestAbout(t, who, "disk/lock");
}

void FullFileSystem(Trial& t) {
  // No inode is left for a new file: one for the root, one for `filler`.
  if (!t.MountTmpfs("disk", "size=16k,nr_inodes=2")) return;
  t.Write("disk/filler", "");
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
  if (!t.MountTmpfs("disk", "size=4k,nr_inodes=10")) return;
  t.Write("disk/filler", std::string(4096, 'f'));
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
  t.MustFail(who, "a", t.Path("lock"));
  t.OutsiderMustAcquire();
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
  t.Expect(t.Facts("lock").exists, "the file is in the current folder",
           "it is not");
  t.OutsiderMustBeRefused();
  t.Ask(who, ChdirCommand(t.Path("elsewhere")));
  t.MustRelease(who, "a");
  t.Note("A has released after it went to another folder");
  t.OutsiderMustAcquire();
}

}  // namespace

std::vector<Requirement> PathsChapter() {
  return {
      {"Paths.MissingDirectory",
       Level::kMust,
       "A missing folder is a clear error, and is not created.",
       "A typing mistake must not make a second place to lock.",
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
       "A FIFO at the path is a prompt and clear error.",
       "py-filelock 549: opening it blocked for ever (fifo(7)).",
       {},
       &Fifo},
      {"Paths.Socket",
       Level::kMust,
       "A socket at the path is a clear error.",
       "As above.",
       {},
       &Socket},
      {"Paths.Device",
       Level::kMust,
       "A device at the path is a clear error.",
       "Opening and writing a device has effects.",
       {},
       &Device},
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
       &SymbolicLinkIsAnError},
      {"Paths.DanglingLinkCreatesNothing",
       Level::kMust,
       "A dangling link at the path does not make the locker create its "
       "target.",
       "A planted one creates files wherever the locker may (symlink(7)).",
       {},
       &DanglingLinkCreatesNothing},
      {"Paths.LinkLoop",
       Level::kMust,
       "A loop of symbolic links is a clear error.",
       "ELOOP, open(2).",
       {},
       &LinkLoop},
      {"Paths.EmptyPath",
       Level::kMust,
       "The empty path is a clear error.",
       "An unset variable must not lock the current folder.",
       {},
       &EmptyPath},
      {"Paths.NulInPath",
       Level::kMust,
       "A path with a NUL byte is a clear error, and no file of half its name "
       "is created.",
       "The kernel sees the name only up to the NUL.",
       {},
       &NulInPath},
      {"Paths.LongestNameWorks",
       Level::kMust,
       "A name of 255 bytes, the longest there is, can be locked.",
       "Implementations that add a suffix of their own cannot.",
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
       &UnsearchableDirectory},
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
