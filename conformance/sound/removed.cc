// A file that is locked by flock(2), and removed before it is unlocked. A
// process that then has locked the removed file sees it, and begins anew.

#include <errno.h>

#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class Removed : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("flock and unlink", "kernel-lock", "@");
  }

 private:
  int BeforeRelease(const Place& place, int fd) override {
    const int error = CompareAt(place.folder.get(), place.name, fd);
    if (error == ESTALE) return 0;
    if (error != 0) return error;
    return RemoveAt(place.folder.get(), place.name);
  }
};

const RegisteredSound kRemoved({
    "removed",
    "Removes its file when it releases, and looks again.",
    Serve<Removed>(),
});

}  // namespace
}  // namespace conformance::sound
