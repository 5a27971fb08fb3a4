#include <sys/stat.h>
#include <unistd.h>

#include <mutex>  // NOLINT(build/c++11): guards what the heart writes to
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11): the heart

#include "absl/time/time.h"
#include "conformance/monotonic_now.h"
#include "conformance/mutants/created_lock.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/naps.h"

namespace conformance {
namespace {

class TearsItsHeartbeat : public CreatedLock {
 public:
  TearsItsHeartbeat() : CreatedLock("never") {}

  int Unlock(int fd, const std::string& path) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_.erase(fd);
    return CreatedLock::Unlock(fd, path);
  }

 private:
  int Create(const std::string& path) override {
    struct stat st = {};
    if (::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size == 0) {
      ::unlink(path.c_str());
    }
    const int fd = CreatedLock::Create(path);
    if (fd < 0 || ::pwrite(fd, "lives\n", 6, 0) != 6) return fd;
    Beat(fd);
    return fd;
  }

  void Beat(int fd) {
    // Never ended: it is the process's.
    static auto* const heart = new std::thread([this] {
      for (;;) {
        NapUntil(MonotonicNow() + absl::Milliseconds(700));
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const int held : held_) {
          if (::ftruncate(held, 0) != 0) continue;
          NapUntil(MonotonicNow() + absl::Milliseconds(5));
          if (::pwrite(held, "lives\n", 6, 0) != 6) continue;
        }
      }
    });
    static_cast<void>(heart);
    const std::lock_guard<std::mutex> lock(mutex_);
    held_.insert(fd);
  }

  std::mutex mutex_;
  std::set<int> held_;
};

const RegisteredMutant kTearsItsHeartbeat({
    "tears_its_heartbeat",
    "Writes its file anew now and then to show that it lives, in two steps, "
    "and takes a file with nothing in it for that of a dead process.",
    {{"Exclusion.LiveHolderHolds"}},
    Serve<TearsItsHeartbeat>(),
});

}  // namespace
}  // namespace conformance
