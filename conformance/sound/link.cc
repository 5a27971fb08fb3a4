// A file that is complete before it gets its name, by link(2): nobody ever
// finds half a record. In one kind it has had no name before (O_TMPFILE).

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/private_file.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class LinkNever : public Existence {
 public:
  LinkNever() : Existence(Takeover::kNever) {}
  Introduction Describe() const override {
    return Introduce("link", "existence-lock", "@", "never");
  }

 private:
  Made Make(const Place& place) override {
    const int folder = place.folder.get();
    PrivateFile file(folder, "");
    Made made;
    made.error = file.error();
    if (made.error == 0 && ::linkat(folder, file.name().c_str(), folder,
                                    place.name.c_str(), 0) != 0) {
      made.error = errno;
    }
    made.pin = std::move(file.descriptor());
    return made;
  }
};

// A record that is cut or empty isn't ours, then.
class LinkTakeover : public RecordFile {
 public:
  explicit LinkTakeover(Format format = Format::kPlain)
      : RecordFile(Takeover::kOwner, format) {}
  Introduction Describe() const override {
    return WithOwnerPid(
        Introduce("link with owner", "existence-lock", "@", "owner"));
  }

 protected:
  Made Make(const Place& place) override {
    const int folder = place.folder.get();
    Made made;
    const Record record = MyRecord(format());
    made.error = record.error;
    if (made.error != 0) return made;
    PrivateFile file(folder, record.text);
    made.error = file.error();
    if (made.error == 0 && ::linkat(folder, file.name().c_str(), folder,
                                    place.name.c_str(), 0) != 0) {
      made.error = errno;
    }
    made.pin = std::move(file.descriptor());
    return made;
  }

  Sight Judge(const Owner& owner, const struct stat& st) override {
    if (owner.kind == Owner::Kind::kCut) return {Sight::Kind::kHeld};
    return RecordFile::Judge(owner, st);
  }
};

class NamelessFile : public LinkTakeover {
 public:
  Introduction Describe() const override {
    return WithOwnerPid(Introduce("O_TMPFILE", "existence-lock", "@", "owner"));
  }

 private:
  Made Make(const Place& place) override {
    Made made;
    const Record record = MyRecord(format());
    made.error = record.error;
    if (made.error != 0) return made;
    made.pin = OpenAt(place.folder.get(), ".", O_TMPFILE | O_RDWR, 0666);
    made.error =
        made.pin.ok() ? WriteWhole(made.pin.get(), record.text) : errno;
    if (made.error != 0) return made;
    const std::string from = absl::StrCat("/proc/self/fd/", made.pin.get());
    if (::linkat(AT_FDCWD, from.c_str(), place.folder.get(), place.name.c_str(),
                 AT_SYMLINK_FOLLOW) != 0) {
      made.error = errno;
    }
    return made;
  }
};

class NotMyLock : public LinkTakeover {
 public:
  Introduction Describe() const override {
    return WithOwnerPid(Introduce("NotMyLock", "existence-lock", "@", "owner"));
  }

 private:
  std::string NotMine() override {
    return "NotMyLock: it was removed or replaced while it was held";
  }
};

const RegisteredSound kLinkNever({
    "link_never",
    "A private file that is linked to the name, which nobody takes over.",
    Serve<LinkNever>(),
});

const RegisteredSound kLinkTakeover({
    "link_takeover",
    "A private file with its owner, that is linked to the name.",
    Serve<LinkTakeover>(),
});

const RegisteredSound kNamelessFile({
    "nameless_file",
    "A file without a name (O_TMPFILE) that is linked to one.",
    Serve<NamelessFile>(),
});

const RegisteredSound kNotMyLock({
    "not_my_lock",
    "Answers a release with an error when its file was removed or replaced.",
    Serve<NotMyLock>(),
});

}  // namespace
}  // namespace conformance::sound
