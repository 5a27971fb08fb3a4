#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"

namespace conformance {
namespace {

using sound::Descriptor;

class BelievesOwnPid : public sound::Existence {
 public:
  BelievesOwnPid() : Existence(Takeover::kOwner) {}
  Introduction Describe() const override {
    return sound::Introduce("pid file", "existence-lock", "@", "owner");
  }

 private:
  Made Make(const sound::Place& place) override {
    Made made;
    made.record = absl::StrCat(::getpid(), "\n");
    made.pin = sound::OpenAt(place.folder.get(), place.name,
                             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    made.error =
        made.pin.ok() ? sound::WriteWhole(made.pin.get(), made.record) : errno;
    if (made.pin.ok() && made.error != 0) {
      sound::RemoveAt(place.folder.get(), place.name);
    }
    return made;
  }

  Sight Look(const sound::Place& place) override {
    const Descriptor fd =
        sound::OpenAt(place.folder.get(), place.name,
                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!fd.ok() && errno == ENOENT) return {Sight::Kind::kGone};
    struct stat st = {};
    if (!fd.ok() || ::fstat(fd.get(), &st) != 0) {
      return {Sight::Kind::kError, errno};
    }
    if (!S_ISREG(st.st_mode)) return {Sight::Kind::kError, EINVAL};
    const sound::Text got = sound::ReadStart(fd.get());
    if (got.error != 0) return {Sight::Kind::kError, got.error};
    pid_t pid = 0;
    // A record that was cut is that of a dead one: its maker has the flock.
    const bool cut = got.text.empty() || got.text.back() != '\n';
    if (!cut && (!absl::SimpleAtoi(got.text, &pid) || pid <= 0)) {
      return {Sight::Kind::kHeld};
    }
    const bool dead = cut || (::kill(pid, 0) != 0 && errno == ESRCH);
    return {dead ? Sight::Kind::kStale : Sight::Kind::kHeld};
  }
};

// As after the restart of a container: stellar-core 652.
const RegisteredMutant kBelievesOwnPid({
    "believes_own_pid",
    "Takes its own pid in a file that somebody left for that of a holder that "
    "lives.",
    {{"Existence.OwnPidIsNoHolder"}},
    Serve<BelievesOwnPid>(),
});

}  // namespace
}  // namespace conformance
