// A file made with O_EXCL that counts as left behind when it hasn't been
// touched for some time, and its owner isn't known to live. The holder touches
// it each third of that time, from a thread of its own.
//
// Age alone would be unsound: a holder that was suspended for longer goes on
// afterwards and believes that it holds, and a clock may be set.

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// Touches an open file now and then. In a forked child there is no such thread,
// and nothing of this may be called.
class Toucher {
 public:
  Toucher(int fd, absl::Duration pause) : fd_(fd), pause_(pause) {
    // Signals are for the threads of the program.
    sigset_t all;
    sigset_t old;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old);
    // Without it the owner is still known to live, for all of this machine.
    runs_ = ::pthread_create(&thread_, nullptr, &Run, this) == 0;
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }
  Toucher(const Toucher&) = delete;
  Toucher& operator=(const Toucher&) = delete;

  ~Toucher() {
    {
      absl::MutexLock lock(&mutex_);
      over_ = true;
    }
    if (runs_) ::pthread_join(thread_, nullptr);
  }

 private:
  static void* Run(void* self) {
    static_cast<Toucher*>(self)->Touch();
    return nullptr;
  }
  void Touch() {
    absl::MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout(absl::Condition(&over_), pause_)) {
      ::futimens(fd_, nullptr);
    }
  }

  const int fd_;
  const absl::Duration pause_;
  absl::Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  pthread_t thread_ = {};
  bool runs_ = false;
};

class Lease : public RecordFile {
 public:
  explicit Lease(absl::Duration rule)
      : RecordFile(Takeover::kOwner, Format::kPlain), rule_(rule) {}
  Introduction Describe() const override {
    return Introduce("lease", "existence-lock", "@",
                     absl::StrCat(absl::ToInt64Seconds(rule_)));
  }

 private:
  // A time that has yet to come is no better than one long past: the clock was
  // set back since.
  Sight Judge(const Owner& owner, const struct stat& st) override {
    const Sight sight = RecordFile::Judge(owner, st);
    if (sight.kind != Sight::Kind::kStale) return sight;
    const absl::Duration age = absl::Now() - absl::TimeFromTimespec(st.st_mtim);
    return absl::AbsDuration(age) > rule_ ? sight : Sight{Sight::Kind::kHeld};
  }

  void Begin(const Made& made) override {
    touchers_[&made] = new Toucher(made.pin.get(), rule_ / 3);
  }
  // By hand, since a forked child mustn't destroy what it has a copy of.
  void End(const Made& made) override {
    const auto it = touchers_.find(&made);
    delete it->second;
    touchers_.erase(it);
  }

  const absl::Duration rule_;
  std::map<const Made*, Toucher*> touchers_;
};

const RegisteredSound kLease30S({
    "lease_30s",
    "A file that is touched each 10 s, and is taken over after 30 s.",
    Serve<Lease>(absl::Seconds(30)),
});

const RegisteredSound kLease5Min({
    "lease_5min",
    "A file that is touched each 100 s, and is taken over after 5 min.",
    Serve<Lease>(absl::Minutes(5)),
});

}  // namespace
}  // namespace conformance::sound
