// Locks whose file isn't at the path: beside it under another name, or in a
// folder of the user's under a hash of the path.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/sound/all.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
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

// FNV-1a, of 64 bits.
uint64_t Hash(absl::string_view text, uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

// Locks of one user exclude each other. The file goes when it is released, and
// the folder with the last of them; of a crash they stay, and are used by the
// next. Nobody holds a lock in a folder that has gone, since it was empty.
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
    place.folder = OpenOwn();
    if (!place.folder.ok()) place.error = errno;
    return place;
  }

  static std::string OwnName() {
    return absl::StrCat("/tmp/sound-locks-", ::geteuid());
  }

  // In a folder in which everybody may write, somebody else may have been
  // there before.
  static Descriptor OpenOwn() {
    Descriptor folder;
    do {
      if (::mkdir(OwnName().c_str(), 0700) != 0 && errno != EEXIST) return {};
      folder = OpenAt(AT_FDCWD, OwnName(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    } while (!folder.ok() && errno == ENOENT);
    struct stat st = {};
    if (!folder.ok() || ::fstat(folder.get(), &st) != 0) return {};
    if (st.st_uid != ::geteuid() || (st.st_mode & 0022) != 0) {
      errno = EPERM;
      return {};
    }
    return folder;
  }

  bool Renew(Place& place) override {
    place.folder = OpenOwn();
    return place.folder.ok();
  }

  void AfterRelease() override { ::rmdir(OwnName().c_str()); }

  int BeforeRelease(const Place& place, int fd) override {
    const int error = CompareAt(place.folder.get(), place.name, fd);
    if (error == ESTALE) return 0;
    if (error != 0) return error;
    return RemoveAt(place.folder.get(), place.name);
  }
};

}  // namespace

SoundLock HashElsewhereLock() {
  return {"hash_elsewhere",
          "Locks a file in the user's own folder, named by a hash of the path.",
          Serve<HashElsewhere>()};
}

SoundLock SeparateFileLock() {
  return {"separate_file", "Locks PATH.lock instead of PATH.",
          Serve<SeparateFile>()};
}

}  // namespace conformance::sound
