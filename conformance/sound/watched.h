// A file made with O_EXCL, whose waiters have the kernel tell them what leaves
// its folder (inotify(7)): they watch first, and look then, so that no release
// comes in between. Nobody takes it over: a death would tell nobody.

#ifndef CONFORMANCE_SOUND_WATCHED_H_
#define CONFORMANCE_SOUND_WATCHED_H_

#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"

namespace conformance::sound {

class Watched : public Existence {
 public:
  Watched() : Existence(Takeover::kNever) {}
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;

 protected:
  // One attempt that doesn't wait.
  Attempt Try(const std::string& path) {
    return Existence::Acquire(path, absl::ZeroDuration());
  }
  // Not ok() with errno if it failed. Its events are of the folder that the
  // path has now.
  static Descriptor Watch(const std::string& path);
  // Until there is an event, or it is `deadline`, a MonotonicNow.
  static void AwaitEvent(const Descriptor& watch, absl::Duration deadline);

 private:
  Made Make(const Place& place) override;
};

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_WATCHED_H_
