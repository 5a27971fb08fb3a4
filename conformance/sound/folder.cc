// A folder: made in its place, empty, and so for ever if its owner dies; or
// made elsewhere, with a file in it that names the owner, and moved to its
// place whole, and away from it whole.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// A held folder is no file that could be opened for writing.
Introduction WithoutTouch(Introduction self) {
  self.can.erase(std::string(kTouch));
  return self;
}

constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW;

class FolderNever : public Existence {
 public:
  FolderNever() : Existence(Takeover::kNever) {}
  Introduction Describe() const override {
    return WithoutTouch(Introduce("mkdir", "existence-lock", "@", "never"));
  }

 private:
  Made Make(const Place& place) override {
    Made made;
    if (::mkdirat(place.folder.get(), place.name.c_str(), 0777) != 0) {
      made.error = errno;
      return made;
    }
    // Without a descriptor left it is ours all the same; others have been
    // refused by it already.
    made.pin = OpenAt(place.folder.get(), place.name, kOpenFolder);
    return made;
  }
  int IsMine(const Place& place, const Made& made) override {
    return made.pin.ok() ? Existence::IsMine(place, made) : 0;
  }
  int Remove(const Place& place) override {
    return RemoveAt(place.folder.get(), place.name, AT_REMOVEDIR);
  }
};

constexpr char kOwnerFile[] = "owner";

class FolderTakeover : public Existence {
 public:
  FolderTakeover() : Existence(Takeover::kOwner) {}
  Introduction Describe() const override {
    return WithoutTouch(WithOwnerPid(
        Introduce("mkdir with owner", "existence-lock", "@", "owner")));
  }

 private:
  static std::string PrivateName(int number) {
    return absl::StrCat(".private-", ::getpid(), "-", number);
  }

  static int RemovePrivate(int folder, const std::string& name) {
    const int error = RemoveAt(folder, absl::StrCat(name, "/", kOwnerFile));
    return error != 0 ? error : RemoveAt(folder, name, AT_REMOVEDIR);
  }

  Made Make(const Place& place) override {
    const int folder = place.folder.get();
    Made made;
    std::string name;
    for (int i = 0;; ++i) {
      name = PrivateName(i);
      if (::mkdirat(folder, name.c_str(), 0777) == 0) break;
      made.error = errno;
      if (errno != EEXIST || i == 1000) return made;
    }
    made.pin = OpenAt(folder, name, kOpenFolder);
    made.error = made.pin.ok() ? Fill(made.pin.get()) : errno;
    if (made.error == 0 &&
        ::renameat2(folder, name.c_str(), folder, place.name.c_str(),
                    RENAME_NOREPLACE) != 0) {
      made.error = errno;
    }
    if (made.error != 0) RemovePrivate(folder, name);
    return made;
  }

  static int Fill(int folder) {
    const Record record = MyRecord(Format::kPlain);
    if (record.error != 0) return record.error;
    const Descriptor fd =
        OpenAt(folder, kOwnerFile, O_WRONLY | O_CREAT | O_EXCL, 0666);
    return fd.ok() ? WriteWhole(fd.get(), record.text) : errno;
  }

  Sight Look(const Place& place) override {
    struct stat st = {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                  AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {Sight::Kind::kGone};
      return {Sight::Kind::kError, errno};
    }
    if (S_ISREG(st.st_mode)) return {Sight::Kind::kHeld};
    if (!S_ISDIR(st.st_mode)) return {Sight::Kind::kError, EINVAL};
    const Descriptor lock = OpenAt(place.folder.get(), place.name, kOpenFolder);
    if (!lock.ok() && errno == ENOENT) return {Sight::Kind::kGone};
    if (!lock.ok()) return {Sight::Kind::kError, errno};
    const Descriptor fd =
        OpenAt(lock.get(), kOwnerFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd.ok() && errno == ENOENT) return WithoutOwner(place, lock.get());
    if (!fd.ok()) return {Sight::Kind::kError, errno};
    const Text got = ReadStart(fd.get());
    if (got.error != 0) return {Sight::Kind::kError, got.error};
    const Owner owner = OwnerOf(got.text, Format::kPlain);
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
    return {Sight::Kind::kError, EISDIR};
  }

  // It has just been moved away and emptied, or it is a folder of somebody's.
  static Sight WithoutOwner(const Place& place, int lock) {
    const int error = CompareAt(place.folder.get(), place.name, lock);
    if (error == ESTALE) return {Sight::Kind::kGone};
    return {Sight::Kind::kError, error != 0 ? error : EISDIR};
  }

  int Remove(const Place& place) override {
    const int folder = place.folder.get();
    for (int i = 0;; ++i) {
      const std::string name = PrivateName(i);
      if (::renameat2(folder, place.name.c_str(), folder, name.c_str(),
                      RENAME_NOREPLACE) == 0) {
        RemovePrivate(folder, name);  // the lock has gone, whatever it gives
        return 0;
      }
      if (errno == ENOENT) return 0;
      if (errno != EEXIST || i == 1000) return errno;
    }
  }
};

const RegisteredSound kFolderNever({
    "mkdir_never",
    "A folder, which nobody takes over.",
    Serve<FolderNever>(),
});

const RegisteredSound kFolderTakeover({
    "mkdir_takeover",
    "A folder with a file that names its owner: two inodes.",
    Serve<FolderTakeover>(),
});

}  // namespace
}  // namespace conformance::sound
