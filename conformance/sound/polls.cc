// Waiters that ask seldom: each so many milliseconds, or ever more seldom. They
// notice as seldom that they are cancelled. And such as have a coarse clock.

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

Introduction Cancellable() {
  Introduction self = Introduce("flock", "kernel-lock", "@");
  self.can.emplace(kCancel);
  return self;
}

class Polls : public Flocked {
 public:
  explicit Polls(absl::Duration pause) : pause_(pause) {}

  Introduction Describe() const override { return Cancellable(); }

 private:
  absl::Duration Pause(int /*tries*/) override { return OutOfStep(pause_); }
  const absl::Duration pause_;
};

class BacksOff : public Flocked {
 public:
  Introduction Describe() const override { return Cancellable(); }

 private:
  absl::Duration Pause(int tries) override {
    constexpr int kMost = 10;
    return std::min(
        OutOfStep(absl::Milliseconds(5) * (1 << std::min(tries - 1, kMost))),
        absl::Milliseconds(500));
  }
};

// Its clock shows whole milliseconds, so a wait may be over by a part of one
// too early.
class CountsMilliseconds : public Flocked {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (wait == absl::ZeroDuration() || wait == absl::InfiniteDuration()) {
      return Flocked::Acquire(path, wait);
    }
    const absl::Duration now = MonotonicNow();
    return Flocked::Acquire(
        path, absl::Floor(now + wait, absl::Milliseconds(1)) - now);
  }
};

const RegisteredSound kBacksOff({
    "backs_off",
    "Waiters ask ever more seldom, at last each 500 ms.",
    Serve<BacksOff>(),
});

const RegisteredSound kCountsMilliseconds({
    "counts_milliseconds",
    "Waiters go by a clock that shows whole milliseconds.",
    Serve<CountsMilliseconds>(),
});

const RegisteredSound kPolls5Ms({
    "polls_5ms",
    "Waiters ask about each 5 ms.",
    Serve<Polls>(absl::Milliseconds(5)),
});

const RegisteredSound kPolls50Ms({
    "polls_50ms",
    "Waiters ask about each 50 ms.",
    Serve<Polls>(absl::Milliseconds(50)),
});

const RegisteredSound kPolls250Ms({
    "polls_250ms",
    "Waiters ask about each 250 ms.",
    Serve<Polls>(absl::Milliseconds(250)),
});

}  // namespace
}  // namespace conformance::sound
