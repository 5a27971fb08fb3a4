#include <errno.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/watched.h"

namespace conformance {
namespace {

class WatchesAfterLook : public sound::Watched {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    const absl::Duration deadline = MonotonicNow() + wait;
    for (;;) {
      const bool last = MonotonicNow() >= deadline;
      Attempt attempt = Try(path);
      if (attempt.kind != AnswerKind::kBusy || last) return attempt;
      const sound::Descriptor watch = Watch(path);
      if (!watch.ok()) return Attempt::Error(sound::Message("watch", errno));
      AwaitEvent(watch, deadline);
    }
  }
};

const RegisteredMutant kWatchesAfterLook({
    "watches_after_look",
    "Waits by inotify(7), and sets its watch when it has looked: a release in "
    "between wakes nobody.",
    {{"Waiting.ReleaseIsNoticedAnyTime"}},
    Serve<WatchesAfterLook>(),
});

}  // namespace
}  // namespace conformance
