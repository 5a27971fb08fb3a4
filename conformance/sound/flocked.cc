// Open, lock, look whether it is still there.

#include "conformance/sound/flocked.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"

namespace conformance::sound {

Introduction Flocked::Describe() const {
  return Introduce("flock", "kernel-lock", "@");
}

Attempt Flocked::Acquire(const std::string& path, absl::Duration wait) {
  return AcquireUnless(nullptr, path, wait);
}

Attempt Flocked::AcquireUnlessCancelled(const std::string& path,
                                        absl::Duration wait,
                                        CancelRequest& request) {
  return AcquireUnless(&request, path, wait);
}

Attempt Flocked::AcquireUnless(const CancelRequest* request,
                               const std::string& path, absl::Duration wait) {
  const auto place = std::make_shared<Place>(Where(path));
  if (place->error != 0) {
    return Attempt::Error(Message("open folder", place->error));
  }
  return Poll(
      wait, [this](int tries) { return Pause(tries); },
      [&] { return Once(place); }, request);
}

Attempt Flocked::Once(const std::shared_ptr<Place>& place) {
  for (;;) {
    const auto fd = std::make_shared<Descriptor>();
    if (const int error = Open(*place, *fd)) {
      return Attempt::Error(Message("open", error));
    }
    const int error = Lock(fd->get());
    if (error == EWOULDBLOCK) return Attempt::Busy();
    if (error != 0) return Attempt::Error(Message("lock", error));
    std::optional<Attempt> attempt = Finish(place, fd);
    if (attempt.has_value()) return *std::move(attempt);
  }
}

int Flocked::Open(Place& place, Descriptor& fd) {
  do {
    fd = OpenFile(place);
  } while (!fd.ok() && errno == ENOENT && Renew(place));
  struct stat st = {};
  if (!fd.ok() || ::fstat(fd.get(), &st) != 0) return errno;
  return S_ISREG(st.st_mode) ? 0 : EINVAL;
}

std::optional<Attempt> Flocked::Finish(const std::shared_ptr<Place>& place,
                                       const std::shared_ptr<Descriptor>& fd) {
  // Its last holder may have removed it, or somebody else has.
  const int compared = CompareAt(place->folder.get(), place->name, fd->get());
  if (compared != 0) {
    Unlock(fd->get());
    if (compared == ESTALE) return std::nullopt;
    return Attempt::Error(Message("stat", compared));
  }
  return Attempt::Acquired(std::make_unique<Held>([this, place, fd] {
    const int removed = BeforeRelease(*place, fd->get());
    const int unlocked = Unlock(fd->get());
    // Closing frees it, too, whatever these say.
    fd->Close();
    AfterRelease();
    return GivenBack{Message("release", removed != 0 ? removed : unlocked)};
  }));
}

Place Flocked::Where(const std::string& path) { return Locate(path); }

Descriptor Flocked::OpenFile(const Place& place) {
  return OpenAt(place.folder.get(), place.name,
                O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
}

absl::Duration Flocked::Pause(int tries) { return FiveMilliseconds(tries); }

int Flocked::Lock(int fd) { return Flock(fd, LOCK_EX | LOCK_NB); }

int Flocked::Unlock(int fd) { return Flock(fd, LOCK_UN); }

int Flocked::BeforeRelease(const Place& /*place*/, int /*fd*/) { return 0; }

}  // namespace conformance::sound
