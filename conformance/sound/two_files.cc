// Two files, and who holds has locked both: one that is removed meanwhile does
// not let anybody else in.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class TwoFiles : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("two files", "kernel-lock", "@");
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    Both both;
    for (const auto& file : both) {
      file->place = Locate(path);
      if (file->place.error != 0) {
        return Attempt::Error(Message("open folder", file->place.error));
      }
    }
    if (const int error = Enter(both.back()->place)) {
      return Attempt::Error(Message("open .two", error));
    }
    return Poll(wait, &FiveMilliseconds, [&] { return LockBoth(both); });
  }

 private:
  struct File {
    Place place;
    Descriptor fd;
  };
  struct Both : std::array<std::shared_ptr<File>, 2> {
    Both() {
      for (std::shared_ptr<File>& file : *this) file = std::make_shared<File>();
    }
  };

  // In a folder of its own its name may be as long as the other one's.
  static int Enter(Place& place) {
    constexpr char kFolder[] = ".two";
    if (::mkdirat(place.folder.get(), kFolder, 0777) != 0 && errno != EEXIST) {
      return errno;
    }
    place.folder =
        OpenAt(place.folder.get(), kFolder, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    return place.folder.ok() ? 0 : errno;
  }

  // In this order all of them do it, and back in the other one.
  Attempt LockBoth(const Both& both) {
    int error = ESTALE;
    while (error == ESTALE) {
      error = 0;
      for (const auto& file : both) {
        if (error == 0) error = Open(file->place, file->fd);
      }
      for (const auto& file : both) {
        if (error == 0) error = Lock(file->fd.get());
      }
      for (const auto& file : both) {
        if (error != 0) break;
        error = CompareAt(file->place.folder.get(), file->place.name,
                          file->fd.get());
      }
      if (error != 0) GiveBack(both);
    }
    if (error == EWOULDBLOCK) return Attempt::Busy();
    if (error != 0) return Attempt::Error(Message("lock", error));
    return Attempt::Acquired(std::make_unique<Held>([both] {
      GiveBack(both);
      return GivenBack{};
    }));
  }

  static void GiveBack(const Both& both) {
    both.back()->fd.Close();
    both.front()->fd.Close();
  }
};

const RegisteredSound kTwoFiles({
    "two_files",
    "Locks PATH, and a file of its name in the folder .two, and holds as long "
    "as it has either.",
    Serve<TwoFiles>(),
});

}  // namespace
}  // namespace conformance::sound
