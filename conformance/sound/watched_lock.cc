// The lock that watched.h describes.

#include "conformance/sound/sound.h"
#include "conformance/sound/watched.h"

namespace conformance::sound {
namespace {

const RegisteredSound kExclWatched({
    "excl_watched",
    "A file made with O_EXCL, whose waiters are woken by inotify(7).",
    Serve<Watched>(),
});

}  // namespace
}  // namespace conformance::sound
