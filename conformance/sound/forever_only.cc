// Waits for ever, in the kernel's own queue, or not at all: it claims `forever`
// and not `wait`.

#include <errno.h>
#include <sys/file.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
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
      const auto fd = std::make_shared<Descriptor>();
      int error = 0;
      Alone([&] {
        error = Open(*place, *fd);
        waiting_.insert(fd);
        return Attempt::Busy();
      });
      if (error == 0) error = Flock(fd->get(), LOCK_EX);
      std::optional<Attempt> attempt;
      Alone([&] {
        waiting_.erase(fd);
        attempt = error == 0 ? Finish(place, fd)
                             : Attempt::Error(Message("wait", error));
        return Attempt::Busy();
      });
      if (attempt.has_value()) return *std::move(attempt);
    }
  }

 private:
  std::set<std::shared_ptr<Descriptor>> waiting_;
};

const RegisteredSound kForeverOnly({
    "forever_only",
    "Can wait for ever, or not at all.",
    Serve<ForeverOnly>(),
});

}  // namespace
}  // namespace conformance::sound
