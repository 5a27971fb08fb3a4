// Chapter Paths: no room for a file, for what is in it, or for a descriptor.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/process/proc.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/requirements/path_steps.h"
#include "conformance/trial.h"

namespace conformance {
namespace {

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

}  // namespace

std::vector<Requirement> PathsWithoutRoom() {
  return {
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
  };
}

}  // namespace conformance
