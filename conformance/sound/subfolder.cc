// A file made with O_EXCL in a folder beside the path, as some make one for all
// their locks. It claims nothing: neither of which family it is, nor that
// nobody ever takes it over, though both are meant so.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

constexpr char kFolder[] = ".locks";

class InSubfolder : public Existence {
 public:
  InSubfolder() : Existence(Takeover::kNever) {}
  Introduction Describe() const override {
    return Introduce("O_EXCL in a folder", "", "");
  }

 private:
  static std::string NameIn(const Place& place) {
    return absl::StrCat(kFolder, "/", place.name);
  }

  Made Make(const Place& place) override {
    Made made;
    if (::mkdirat(place.folder.get(), kFolder, 0777) != 0 && errno != EEXIST) {
      made.error = errno;
      return made;
    }
    made.pin = OpenAt(place.folder.get(), NameIn(place),
                      O_RDWR | O_CREAT | O_EXCL, 0666);
    if (!made.pin.ok()) made.error = errno;
    return made;
  }

  int IsMine(const Place& place, const Made& made) override {
    return CompareAt(place.folder.get(), NameIn(place), made.pin.get());
  }

  int Remove(const Place& place) override {
    return RemoveAt(place.folder.get(), NameIn(place));
  }
};

const RegisteredSound kSubfolder({
    "subfolder",
    "A file made with O_EXCL in a folder beside the path, of which it says "
    "nothing.",
    Serve<InSubfolder>(),
});

}  // namespace
}  // namespace conformance::sound
