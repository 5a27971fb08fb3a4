// Release once, by whom it belongs to; forks; and waiting.

#include "conformance/sound/held.h"

#include <pthread.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"

namespace conformance::sound {
namespace {

// Held throughout each attempt, each release and each fork.
ABSL_CONST_INIT absl::Mutex mutex(absl::kConstInit);

}  // namespace

class Forks {
 public:
  static Forks& Get() {
    static auto* const forks = new Forks();
    return *forks;
  }

  void Add(Held* held) { all_.push_back(held); }
  void Remove(Held* held) {
    all_.erase(std::remove(all_.begin(), all_.end(), held), all_.end());
  }
  void Add(std::function<void()> forget) {
    forget_.push_back(std::move(forget));
  }

 private:
  Forks() { ::pthread_atfork(&Before, &InParent, &InChild); }

  static void Before() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
  static void InParent() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  static void InChild() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (Held* held : Get().all_) {
      held->owner_ = 0;
      held->give_back_ = nullptr;
    }
    for (const std::function<void()>& forget : Get().forget_) forget();
    mutex.Unlock();
  }

  std::vector<Held*> all_;
  std::vector<std::function<void()>> forget_;
};

Held::Held(std::function<GivenBack()> give_back)
    : give_back_(std::move(give_back)), owner_(::getpid()) {
  Forks::Get().Add(this);
}

Held::~Held() {
  Held::Release();
  absl::MutexLock lock(&mutex);
  Forks::Get().Remove(this);
}

std::string Held::Release() {
  absl::MutexLock lock(&mutex);
  if (owner_ != ::getpid()) return "";
  const GivenBack result = give_back_();
  if (result.done) {
    owner_ = 0;
    give_back_ = nullptr;
  }
  return result.error;
}

void InForkedChild(std::function<void()> forget) {
  absl::MutexLock lock(&mutex);
  Forks::Get().Add(std::move(forget));
}

Attempt Alone(const std::function<Attempt()>& attempt) {
  absl::MutexLock lock(&mutex);
  return attempt();
}

Attempt Poll(absl::Duration wait,
             const std::function<absl::Duration(int tries)>& pause,
             const std::function<Attempt()>& attempt,
             const CancelRequest* request) {
  if (wait == absl::ZeroDuration()) return Alone(attempt);
  const absl::Duration deadline = MonotonicNow() + wait;
  for (int tries = 1;; ++tries) {
    if (request != nullptr && request->IsMade()) return Attempt::Cancelled();
    // Asked before the attempt: the last one is made after the deadline.
    const absl::Duration left = deadline - MonotonicNow();
    Attempt result = Alone(attempt);
    if (result.kind != AnswerKind::kBusy || left <= absl::ZeroDuration()) {
      return result;
    }
    // It sleeps on when a signal interrupts it.
    absl::SleepFor(std::min(pause(tries), left));
  }
}

absl::Duration FiveMilliseconds(int /*tries*/) {
  return OutOfStep(absl::Milliseconds(5));
}

absl::Duration OutOfStep(absl::Duration pause) {
  static std::atomic<uint32_t> state = static_cast<uint32_t>(::getpid());
  // Good enough for this, and no call of the system's (Numerical Recipes' LCG).
  state = state * 1664525 + 1013904223;
  return pause * (0.5 + static_cast<double>(state >> 16) / 65536);
}

Introduction Introduce(const std::string& name, const std::string& profile,
                       const std::string& at, const std::string& stale) {
  Introduction self;
  self.name = name;
  self.version = "1";
  self.can = {"wait",  "forever", "fork",  "thread", "touch",
              "chdir", "exit",    "catch", "setenv", "become"};
  self.profile = profile;
  self.at = at;
  self.stale = stale;
  return self;
}

Introduction WithOwnerPid(Introduction self) {
  self.can.emplace(kOwnerPid);
  return self;
}

}  // namespace conformance::sound
