// A symbolic link whose target is the record: it is there whole or not at all,
// and it is never followed. One kind takes over what the dead left; the other
// never does, and needs no descriptor for anything.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// An open(2) would follow it, and make a file of the record's name.
Introduction WithoutTouch(Introduction self) {
  self.can.erase(std::string(kTouch));
  return self;
}

class SymlinkTakeover : public Existence {
 public:
  SymlinkTakeover() : Existence(Takeover::kOwner) {}
  Introduction Describe() const override {
    return WithoutTouch(WithOwnerPid(
        Introduce("symlink with owner", "existence-lock", "@", "owner")));
  }

 private:
  Made Make(const Place& place) override {
    Made made;
    const Record record = MyRecord(Format::kLink);
    made.error = record.error;
    made.record = record.text;
    if (made.error == 0 && ::symlinkat(record.text.c_str(), place.folder.get(),
                                       place.name.c_str()) != 0) {
      made.error = errno;
    }
    return made;
  }

  Sight Look(const Place& place) override {
    const Text target = ReadLinkAt(place.folder.get(), place.name);
    if (target.error == ENOENT) return {Sight::Kind::kGone};
    if (target.error == EINVAL) return NotLink(place);
    if (target.error != 0) return {Sight::Kind::kError, target.error};
    const Owner owner = OwnerOf(target.text, Format::kLink);
    switch (owner.kind) {
      case Owner::Kind::kAlive:
        return {Sight::Kind::kHeld};
      case Owner::Kind::kDead:
        return {Sight::Kind::kStale};
      case Owner::Kind::kUnknown:
        return {Sight::Kind::kError, owner.error};
      case Owner::Kind::kCut:
      case Owner::Kind::kForeign:
        break;
    }
    return {Sight::Kind::kError, ELOOP};  // somebody's link to somewhere
  }

  static Sight NotLink(const Place& place) {
    struct stat st = {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                  AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {Sight::Kind::kGone};
      return {Sight::Kind::kError, errno};
    }
    if (S_ISREG(st.st_mode)) return {Sight::Kind::kHeld};
    return {Sight::Kind::kError, EINVAL};
  }

  int IsMine(const Place& place, const Made& made) override {
    const Text target = ReadLinkAt(place.folder.get(), place.name);
    if (target.error == 0) return target.text == made.record ? 0 : ESTALE;
    const bool other = target.error == ENOENT || target.error == EINVAL;
    return other ? ESTALE : target.error;
  }
};

// Names alone, and no folder that is open: they are absolute, since the current
// folder may be another one at the release.
class SymlinkNever : public Implementation {
 public:
  Introduction Describe() const override {
    return WithoutTouch(Introduce("symlink", "existence-lock", "@", "never"));
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (path.empty()) return Attempt::Error(Message("path", ENOENT));
    if (absl::StrContains(path, '\0')) {
      return Attempt::Error(Message("path", EINVAL));
    }
    std::string name = path;
    if (path.front() != '/') {
      char here[PATH_MAX];
      if (::getcwd(here, sizeof(here)) == nullptr) {
        return Attempt::Error(Message("getcwd", errno));
      }
      name = absl::StrCat(here, "/", path);
    }
    return Poll(wait, &FiveMilliseconds, [&name] { return Once(name); });
  }

 private:
  static Attempt Once(const std::string& name) {
    // Nobody else has made, or will make, a link to this.
    const std::string record = absl::StrCat(
        "pid=", ::getpid(), ",at=", absl::ToInt64Nanoseconds(MonotonicNow()));
    if (::symlink(record.c_str(), name.c_str()) != 0) {
      if (errno == EEXIST) return Attempt::Busy();
      return Attempt::Error(Message("symlink", errno));
    }
    return Attempt::Acquired(std::make_unique<Held>(
        [name, record] { return GiveBack(name, record); }));
  }

  static GivenBack GiveBack(const std::string& name,
                            const std::string& record) {
    const Text target = ReadLinkAt(AT_FDCWD, name);
    const bool gone = target.error == ENOENT || target.error == EINVAL;
    if (gone || (target.error == 0 && target.text != record)) return {};
    if (target.error != 0) return {Message("readlink", target.error), false};
    const int error = RemoveAt(AT_FDCWD, name);
    return {Message("unlink", error), error == 0};
  }
};

const RegisteredSound kSymlinkNever({
    "symlink_never",
    "A symbolic link, which nobody takes over, made without a descriptor.",
    Serve<SymlinkNever>(),
});

const RegisteredSound kSymlinkTakeover({
    "symlink_takeover",
    "A symbolic link that points to its owner.",
    Serve<SymlinkTakeover>(),
});

}  // namespace
}  // namespace conformance::sound
