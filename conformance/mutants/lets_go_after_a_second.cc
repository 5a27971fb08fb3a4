#include <sys/file.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class LetsGoAfterASecond : public PlainLock {
  int Record(int fd) override {
    // Never ended: it is the process's.
    static auto* const watch =
        new std::thread(&LetsGoAfterASecond::Watch, this);
    static_cast<void>(watch);
    const std::lock_guard<std::mutex> lock(mutex_);
    held_[fd] = MonotonicNow();
    return 0;
  }
  int Unlock(int fd, const std::string& path) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      held_.erase(fd);
    }
    return PlainLock::Unlock(fd, path);
  }

  void Watch() {
    for (;;) {
      NapUntil(MonotonicNow() + absl::Milliseconds(20));
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const auto& [fd, since] : held_) {
        if (MonotonicNow() - since > absl::Seconds(1)) ::flock(fd, LOCK_UN);
      }
    }
  }

  std::mutex mutex_;
  std::map<int, absl::Duration> held_;  // since when
};

const RegisteredMutant kLetsGoAfterASecond({
    "lets_go_after_a_second",
    "Lets go of a lock that has been held for a second.",
    {{"Exclusion.LiveHolderHolds"}},
    Serve<LetsGoAfterASecond>(),
});

}  // namespace
}  // namespace conformance
