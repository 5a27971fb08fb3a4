// Locks whose file isn't at the path: beside it under another name, or in a
// folder that all users of the machine share, under a hash of the path.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/private_file.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class SeparateFile : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("separate file", "kernel-lock", "@.lock");
  }

 private:
  Place Where(const std::string& path) override {
    Place place = Locate(path);
    place.name += ".lock";
    return place;
  }
};

// The file's content has a form, and a file that hasn't got it is an error. Of
// which family it is it doesn't say.
class Database : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("file of its own form", "", "");
  }

 private:
  Place Where(const std::string& path) override {
    Place place = Locate(path);
    place.name += ".db";
    return place;
  }

  int Lock(int fd) override {
    static constexpr absl::string_view kHead = "a sound database\n";
    if (const int error = Flocked::Lock(fd)) return error;
    const Text got = ReadStart(fd);
    int error = got.error;
    // Its maker may have died in the midst of it.
    if (error == 0 && absl::StartsWith(kHead, got.text)) {
      error = WriteWhole(fd, kHead);
    } else if (error == 0 && !absl::StartsWith(got.text, kHead)) {
      error = EBADMSG;
    }
    if (error != 0) Unlock(fd);
    return error;
  }
};

// FNV-1a, of 64 bits.
uint64_t Hash(absl::string_view text, uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

constexpr char kFolder[] = "/tmp/sound-locks";

// All users of the machine share the folder, and exclude each other. The file
// goes when its own user releases it, and the folder with the last of them; of
// a crash, and of a release by another user, they stay and are used by the next
// one. Nobody holds a lock in a folder that has gone, since it was empty.
class HashElsewhere : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("hash of the path", "kernel-lock", "");
  }

 private:
  Place Where(const std::string& path) override {
    Place place = Locate(path);
    if (place.error != 0) return place;
    const Text folder = ReadLinkAt(
        AT_FDCWD, absl::StrCat("/proc/self/fd/", place.folder.get()));
    place.error = folder.error;
    if (place.error != 0) return place;
    // A name is never a path, so no two texts are one.
    const std::string whole = absl::StrCat(folder.text, "/", place.name);
    place.name = absl::StrCat(
        absl::Hex(Hash(whole, 0xcbf29ce484222325U), absl::kZeroPad16),
        absl::Hex(Hash(whole, 0x9e3779b97f4a7c15U), absl::kZeroPad16));
    place.folder = OpenShared();
    if (!place.folder.ok()) place.error = errno;
    return place;
  }

  // The folder that is there is used, whoever has made it, if others can remove
  // nothing from it.
  static Descriptor OpenShared() {
    Descriptor folder;
    do {
      if (const int error = MakeShared()) {
        errno = error;
        return {};
      }
      folder = OpenAt(AT_FDCWD, kFolder, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    } while (!folder.ok() && errno == ENOENT);
    struct stat st = {};
    if (!folder.ok() || ::fstat(folder.get(), &st) != 0) return {};
    if ((st.st_mode & S_ISVTX) == 0) {
      errno = EPERM;
      return {};
    }
    return folder;
  }

  // Under a name of its own first: nobody finds it without its mode.
  static int MakeShared() {
    struct stat st = {};
    if (::lstat(kFolder, &st) == 0) return 0;
    std::string mine = absl::StrCat(kFolder, "-XXXXXX");
    if (::mkdtemp(mine.data()) == nullptr) return errno;
    int error = 0;
    if (::chmod(mine.c_str(), 01777) != 0 ||
        ::renameat2(AT_FDCWD, mine.c_str(), AT_FDCWD, kFolder,
                    RENAME_NOREPLACE) != 0) {
      error = errno;
      ::rmdir(mine.c_str());
    }
    return error == EEXIST ? 0 : error;
  }

  bool Renew(Place& place) override {
    place.folder = OpenShared();
    return place.folder.ok();
  }

  void AfterRelease() override { ::rmdir(kFolder); }

  // One that is there is opened without O_CREAT, since that fails for files of
  // others in such a folder (proc(5), protected_regular); and none is there
  // before everybody may open it.
  Descriptor OpenFile(const Place& place) override {
    for (;;) {
      Descriptor fd = OpenAt(place.folder.get(), place.name,
                             O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
      if (fd.ok() || errno != ENOENT) return fd;
      const int error = MakeFile(place);
      if (error != 0 && error != EEXIST) {
        errno = error;
        return {};
      }
    }
  }

  static int MakeFile(const Place& place) {
    PrivateFile file(place.folder.get(), "");
    if (file.error() != 0) return file.error();
    if (::fchmod(file.descriptor().get(), 0666) != 0 ||
        ::linkat(place.folder.get(), file.name().c_str(), place.folder.get(),
                 place.name.c_str(), 0) != 0) {
      return errno;
    }
    return 0;
  }

  int BeforeRelease(const Place& place, int fd) override {
    int error = CompareAt(place.folder.get(), place.name, fd);
    if (error == 0) error = RemoveAt(place.folder.get(), place.name);
    // Gone already, or somebody else's, who may remove it.
    const bool left = error == ESTALE || error == EPERM || error == EACCES;
    return left ? 0 : error;
  }
};

const RegisteredSound kDatabase({
    "database",
    "A flock of PATH.db, whose content has a form of its own.",
    Serve<Database>(),
});

const RegisteredSound kHashElsewhere({
    "hash_elsewhere",
    "Locks a file in a folder that all users share, named by a hash of the "
    "path.",
    Serve<HashElsewhere>(),
});

const RegisteredSound kSeparateFile({
    "separate_file",
    "Locks PATH.lock instead of PATH.",
    Serve<SeparateFile>(),
});

}  // namespace
}  // namespace conformance::sound
