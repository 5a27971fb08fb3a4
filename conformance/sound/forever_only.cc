// Waits for ever, in the kernel's own queue, or not at all: it claims `forever`
// and not `wait`.

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "conformance/sound/all.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class ForeverOnly : public Flocked {
 public:
  ForeverOnly() {
    // A child that is forked while another thread waits has a copy of what it
    // waits with.
    InForkedChild([this] {
      for (const auto& fd : waiting_) fd->Close();
    });
  }

  Introduction Describe() const override {
    Introduction self = Introduce("blocking flock", "kernel-lock", "@");
    self.can.erase(std::string(kWait));
    return self;
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (wait == absl::ZeroDuration()) return Flocked::Acquire(path, wait);
    const auto place = std::make_shared<Place>(Where(path));
    if (place->error != 0) {
      return Attempt::Error(Message("open folder", place->error));
    }
    for (;;) {
      Attempt attempt = Alone([&] { return Once(place); });
      if (attempt.kind != AnswerKind::kBusy) return attempt;
      // It waits with a descriptor of the same file; then it is a matter of
      // asking again, which can be lost to another one.
      if (const int error = AwaitFree(place)) {
        return Attempt::Error(Message("wait", error));
      }
    }
  }

 private:
  int AwaitFree(const std::shared_ptr<Place>& place) {
    const auto fd = std::make_shared<Descriptor>();
    int error = 0;
    Alone([&] {
      *fd = OpenAt(place->folder.get(), place->name,
                   O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
      if (!fd->ok()) error = errno;
      waiting_.insert(fd);
      return Attempt::Busy();
    });
    if (error == 0) error = Flock(fd->get(), LOCK_EX);
    Alone([&] {
      if (fd->ok()) Flock(fd->get(), LOCK_UN);
      waiting_.erase(fd);
      return Attempt::Busy();
    });
    return error == ENOENT ? 0 : error;
  }

  std::set<std::shared_ptr<Descriptor>> waiting_;
};

}  // namespace

SoundLock ForeverOnlyLock() {
  return {"forever_only", "Can wait for ever, or not at all.",
          Serve<ForeverOnly>()};
}

}  // namespace conformance::sound
