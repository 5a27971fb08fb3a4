// Watching, looking, sleeping.

#include "conformance/sound/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"

namespace conformance::sound {

Introduction Watched::Describe() const {
  return Introduce("O_EXCL with inotify", "existence-lock", "@", "never");
}

Attempt Watched::Acquire(const std::string& path, absl::Duration wait) {
  if (wait == absl::ZeroDuration()) return Try(path);
  const absl::Duration deadline = MonotonicNow() + wait;
  Attempt attempt = Try(path);
  if (attempt.kind != AnswerKind::kBusy) return attempt;
  const Descriptor watch = Watch(path);
  if (!watch.ok()) return Attempt::Error(Message("watch", errno));
  for (;;) {
    const bool last = MonotonicNow() >= deadline;
    attempt = Try(path);
    if (attempt.kind != AnswerKind::kBusy || last) return attempt;
    AwaitEvent(watch, deadline);
  }
}

Descriptor Watched::Watch(const std::string& path) {
  const Place place = Locate(path);
  errno = place.error;
  if (place.error != 0) return Descriptor();
  Descriptor watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  // By its descriptor: the current folder may change.
  const std::string folder = absl::StrCat("/proc/self/fd/", place.folder.get());
  if (!watch.ok() || ::inotify_add_watch(watch.get(), folder.c_str(),
                                         IN_DELETE | IN_MOVED_FROM) < 0) {
    return Descriptor();
  }
  return watch;
}

void Watched::AwaitEvent(const Descriptor& watch, absl::Duration deadline) {
  constexpr absl::Duration kMostAtOnce = absl::Hours(1);
  const absl::Duration left = std::max(
      absl::ZeroDuration(), std::min(deadline - MonotonicNow(), kMostAtOnce));
  pollfd one = {watch.get(), POLLIN, 0};
  ::poll(&one, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  // The kind of event is of no interest, nor the number.
  alignas(inotify_event) std::array<char, 4096> events;
  while (::read(watch.get(), events.data(), events.size()) > 0) {
  }
}

Existence::Made Watched::Make(const Place& place) {
  Made made;
  made.pin =
      OpenAt(place.folder.get(), place.name, O_RDWR | O_CREAT | O_EXCL, 0666);
  if (!made.pin.ok()) made.error = errno;
  return made;
}

}  // namespace conformance::sound
