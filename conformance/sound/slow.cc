// Programs that take their time, to start or to answer: a runtime that has to
// come up, a disk that is far away.

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

constexpr absl::Duration kAnswer = absl::Milliseconds(50);

class AnswersSlowly : public Flocked {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    absl::SleepFor(kAnswer);
    return Flocked::Acquire(path, wait);
  }

 private:
  int BeforeRelease(const Place& /*place*/, int /*fd*/) override {
    absl::SleepFor(kAnswer);
    return 0;
  }
};

class StartsSlowly : public Flocked {
 public:
  explicit StartsSlowly(absl::Duration duration) { absl::SleepFor(duration); }
};

const RegisteredSound kAnswersSlowly({
    "answers_slowly",
    "Answers after 50 ms.",
    Serve<AnswersSlowly>(),
    /*starts_in=*/absl::ZeroDuration(),
    /*answers_in=*/kAnswer,
});

const RegisteredSound kStartsIn600Ms({
    "starts_in_600ms",
    "Needs 600 ms to start.",
    Serve<StartsSlowly>(absl::Milliseconds(600)),
    /*starts_in=*/absl::Milliseconds(600),
});

const RegisteredSound kStartsIn15S({
    "starts_in_15s",
    "Needs 15 s to start.",
    Serve<StartsSlowly>(absl::Seconds(15)),
    /*starts_in=*/absl::Seconds(15),
});

}  // namespace
}  // namespace conformance::sound
