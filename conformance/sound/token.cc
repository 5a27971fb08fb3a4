// A token: a file beside the path that is renamed to it, and back. The process
// that has renamed it has the lock.
//
// The token is made by a process that finds none, under the flock of the folder
// like all else; and one that takes it writes its record into it before.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class Token : public RecordFile {
 public:
  Token() : RecordFile(Takeover::kOwner, Format::kLink) {}
  Introduction Describe() const override {
    return WithOwnerPid(
        Introduce("renamed token", "existence-lock", "@", "owner"));
  }

 private:
  static std::string FreeName(const Place& place) {
    std::string name = absl::StrCat(place.name, ".token");
    if (name.size() <= NAME_MAX) return name;
    return absl::StrCat(".", absl::Hex(std::hash<std::string>()(place.name)),
                        ".token");
  }

  // Only of what can be a token: nothing else loses its content.
  static int Empty(int fd) {
    struct stat st = {};
    if (::fstat(fd, &st) != 0) return errno;
    if (!S_ISREG(st.st_mode)) return EINVAL;
    const Text got = ReadStart(fd);
    if (got.error != 0) return got.error;
    if (OwnerOf(got.text, Format::kLink).kind == Owner::Kind::kForeign) {
      return EINVAL;
    }
    return ::ftruncate(fd, 0) == 0 ? 0 : errno;
  }

  Made Make(const Place& place) override {
    const int folder = place.folder.get();
    Made made;
    struct stat st = {};
    if (::fstatat(folder, place.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
      made.error = EEXIST;
      return made;
    }
    if (errno != ENOENT) {
      made.error = errno;
      return made;
    }
    const Record record = MyRecord(format());
    made.error = record.error;
    if (made.error != 0) return made;
    made.record = record.text;
    made.pin = OpenAt(folder, FreeName(place),
                      O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (!made.pin.ok()) {
      made.error = errno;
      return made;
    }
    made.error = Empty(made.pin.get());
    if (made.error == 0) {
      made.error = WriteWhole(made.pin.get(), record.text);
    }
    if (made.error == 0 &&
        ::renameat2(folder, FreeName(place).c_str(), folder, place.name.c_str(),
                    RENAME_NOREPLACE) != 0) {
      made.error = errno;
    }
    return made;
  }

  // The token is one and the same file whoever has it.
  int IsMine(const Place& place, const Made& made) override {
    const int error = RecordFile::IsMine(place, made);
    if (error != 0) return error;
    const Text got = ReadStart(made.pin.get());
    if (got.error != 0) return got.error;
    return got.text == made.record ? 0 : ESTALE;
  }

  int Remove(const Place& place) override {
    const int folder = place.folder.get();
    if (::renameat(folder, place.name.c_str(), folder,
                   FreeName(place).c_str()) == 0) {
      return 0;
    }
    return errno == ENOENT ? 0 : errno;
  }
};

const RegisteredSound kToken({
    "token",
    "A token that is renamed to the path, and back.",
    Serve<Token>(),
});

}  // namespace
}  // namespace conformance::sound
