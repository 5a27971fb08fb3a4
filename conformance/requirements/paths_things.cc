// Chapter Paths: things that are at the path already: folders, special files
// and symbolic links, which somebody may have planted there.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/path_steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

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
      // A lock that takes anything that opens must at least exclude others.
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

}  // namespace

std::vector<Requirement> ThingsAtPaths() {
  return {
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
  };
}

}  // namespace conformance
