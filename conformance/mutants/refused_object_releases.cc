#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

class Shared : public HeldLock {
 public:
  explicit Shared(std::shared_ptr<HeldLock> lock) : lock_(std::move(lock)) {}
  std::string Release() override { return lock_->Release(); }

 private:
  const std::shared_ptr<HeldLock> lock_;
};

class RefusedObjectReleases : public PlainLock {
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    Attempt attempt = PlainLock::Acquire(path, wait);
    if (attempt.kind == AnswerKind::kAcquired) {
      const std::shared_ptr<HeldLock> lock = std::move(attempt.lock);
      held_[path] = lock;
      attempt.lock = std::make_unique<Shared>(lock);
    } else if (attempt.kind == AnswerKind::kBusy) {
      const std::shared_ptr<HeldLock> lock = held_[path].lock();
      if (lock != nullptr) attempt.lock = std::make_unique<Shared>(lock);
    }
    return attempt;
  }

  std::map<std::string, std::weak_ptr<HeldLock>> held_;  // by path
};

const RegisteredMutant kRefusedObjectReleases({
    "refused_object_releases",
    "Gives out an object with a refusal, too, and to release that gives back "
    "whatever the process has of that name.",
    {{"Exclusion.ReleaseOfRefusedIsHarmless"}},
    Serve<RefusedObjectReleases>(),
});

}  // namespace
}  // namespace conformance
