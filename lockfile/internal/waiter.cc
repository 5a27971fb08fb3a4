// The waiting thread, with an alarm, with a helper, or with neither.

#include "lockfile/internal/waiter.h"

#include <errno.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "lockfile/internal/flock_alarm.h"

namespace lockfile {
namespace internal {
namespace {

// How often a waiter looks whether the file is still the one at the path, and
// tries for the lock by itself, whatever may have become of its helper. Four
// times three system calls a second are nothing. (Only one that has a helper
// does: in the kernel's queue itself, it would lose its place by it.)
constexpr absl::Duration kLookInterval = absl::Milliseconds(250);

// How long a helper may take to die. It takes microseconds; but a network file
// system whose server is down may not let go of it.
constexpr absl::Duration kPatience = absl::Seconds(1);

// A helper that somebody kills is replaced, but not for ever.
constexpr int kMaxDeaths = 3;

// Whether the keeper was refused one of its calls. That doesn't change in the
// life of a process, and if it was wait4(2), each helper leaves a zombie.
std::atomic<bool> refused{false};

// Blocks whose keeper hasn't quite ended yet: it needs some fifty microseconds
// after it has woken the caller. A waiter that adds one frees those that have.
// (No mutex, so that a fork may happen at any time.)
struct Retired {
  std::unique_ptr<FlockHelperBlock> block;
  Retired* next;
};
std::atomic<Retired*> retired{nullptr};

void PutBack(Retired* entry) {
  entry->next = retired.load(std::memory_order_relaxed);
  while (!retired.compare_exchange_weak(entry->next, entry,
                                        std::memory_order_acq_rel)) {
  }
}

void Retire(std::unique_ptr<FlockHelperBlock> block) {
  Retired* entry = retired.exchange(nullptr, std::memory_order_acq_rel);
  while (entry != nullptr) {
    Retired* const next = entry->next;
    if (entry->block->keeper.load(std::memory_order_acquire) == 0) {
      delete entry;
    } else {
      PutBack(entry);
    }
    entry = next;
  }
  PutBack(new Retired{std::move(block), nullptr});
}

}  // namespace

Waiter::Waiter(const Cancellation* cancel) : cancel_(cancel) {}

Waiter::~Waiter() {
  Stop();
  // After that, nobody else wakes this thread any more.
  place_.reset();
  if (block_ != nullptr &&
      block_->keeper.load(std::memory_order_acquire) != 0) {
    Retire(std::move(block_));
  }
}

int Waiter::Join(const FileId& file) {
  if (!place_.has_value()) {
    if (cancel_ == nullptr && System::Get().IsSingleThreaded()) return 0;
    block_ = std::make_unique<FlockHelperBlock>();
    place_.emplace(&block_->wakeup, cancel_);
  }
  return place_->Join(file);
}

bool Waiter::Blocks(const Deadline& deadline) const {
  return cancel_ == nullptr && deadline.at() == absl::InfiniteDuration() &&
         IsFirst();
}

bool Waiter::Sleep(int descriptor, const Deadline& deadline) {
  System& system = System::Get();
  const std::optional<bool> locked = SleepUntilAlarm(descriptor, deadline);
  if (locked.has_value()) return *locked;
  if (block_ == nullptr) block_ = std::make_unique<FlockHelperBlock>();
  // The one that wakes us first writes down why, and then sets the word. An
  // exchange and no store, because it also shows what was written by one who
  // did so before: nothing is missed below, and after that the word is 1 again.
  block_->wakeup.exchange(0, std::memory_order_acq_rel);
  if (IsCancelled() || Blocks(deadline)) return false;
  absl::Duration interval = kLookInterval;
  if (IsFirst() && !EnsureHelper(descriptor)) interval = interval_.Next();
  if (!HelperHasLocked()) {
    system.SleepWhile(block_->wakeup, 0,
                      std::min(system.Now() + interval, deadline.at()));
  }
  if (!HelperHasLocked()) return false;
  mechanism_ = Mechanism::kUntried;  // It has done its work.
  return true;
}

std::optional<bool> Waiter::SleepUntilAlarm(int descriptor,
                                            const Deadline& deadline) {
  System& system = System::Get();
  if (cancel_ != nullptr || Blocks(deadline) || !IsFirst() ||
      mechanism_ != Mechanism::kUntried || !system.IsSingleThreaded() ||
      !system.IsLockedByKernel(descriptor)) {
    return std::nullopt;
  }
  FlockAlarm alarm;
  if (system.SetFlockAlarm(alarm, deadline.at()) != 0) return std::nullopt;
  const int error = system.LockUntil(alarm, descriptor);
  if (error != 0 && error != EINTR) return std::nullopt;
  return error == 0;
}

bool Waiter::HelperHasLocked() const {
  return mechanism_ == Mechanism::kHelper &&
         block_->result.load(std::memory_order_acquire) == 0;
}

bool Waiter::EnsureHelper(int descriptor) {
  System& system = System::Get();
  if (mechanism_ == Mechanism::kHelper) {
    const int32_t result = block_->result.load(std::memory_order_acquire);
    const int32_t ended = block_->ended.load(std::memory_order_acquire);
    if (result == 0) return true;
    if (result == FlockHelperBlock::kNoResult && ended == 0) return true;
    // It is gone without the lock. Killed by somebody? Or it can't work here:
    // what flock(2) has against it, our own attempts will meet, too.
    if (ended == -EPERM || ended == -ENOSYS) refused = true;
    const bool killed = result == FlockHelperBlock::kNoResult &&
                        ended == FlockHelperBlock::kEnded;
    mechanism_ = killed && ++deaths_ < kMaxDeaths ? Mechanism::kUntried
                                                  : Mechanism::kPolling;
  }
  if (mechanism_ == Mechanism::kUntried && (refused || !AwaitEndOfKeeper())) {
    mechanism_ = Mechanism::kPolling;
  }
  if (mechanism_ == Mechanism::kUntried) {
    block_->descriptor = descriptor;
    block_->process = static_cast<int32_t>(system.GetPid());
    mechanism_ = system.StartFlockHelper(block_.get()) == 0
                     ? Mechanism::kHelper
                     : Mechanism::kPolling;
  }
  return mechanism_ == Mechanism::kHelper;
}

bool Waiter::AwaitEndOfKeeper() {
  System& system = System::Get();
  if (block_->keeper.load(std::memory_order_acquire) == 0) return true;
  const absl::Duration patience = system.Now() + kPatience;
  while (true) {
    const uint32_t keeper = block_->keeper.load(std::memory_order_acquire);
    if (keeper == 0) return true;
    if (system.Now() >= patience) return false;
    system.SleepWhile(block_->keeper, keeper, patience);
  }
}

void Waiter::Stop() {
  if (mechanism_ != Mechanism::kHelper) return;
  const bool locked = HelperHasLocked();
  // The next file may have a helper, too, unless it turns out otherwise.
  mechanism_ = Mechanism::kUntried;
  // One that has locked has nothing else, and will end by itself, which needn't
  // be waited for.
  if (locked) return;
  System& system = System::Get();
  // The keeper makes the helper in a moment; this is the only thing that can't
  // be called off.
  int32_t helper = 0;
  while ((helper = block_->helper.load(std::memory_order_acquire)) == 0) {
    const uint32_t keeper = block_->keeper.load(std::memory_order_acquire);
    if (keeper == 0) return;
    system.SleepWhile(block_->keeper, keeper,
                      system.Now() + PollInterval::Shortest());
  }
  // Its pid is its own until the keeper has waited for it, which it has not as
  // long as `ended` is 0. (In the nanoseconds between the two calls pids don't
  // go all the way round.)
  const bool gone = block_->ended.load(std::memory_order_acquire) != 0 ||
                    system.KillFlockHelper(helper) == 0;
  if (gone && AwaitEndOfKeeper()) return;
  // It can't be killed: the process has given up the user id under which it
  // made the helper, or has put itself under a seccomp(2) filter meanwhile. The
  // helper will go by itself when it has had the lock for a moment. No other
  // follows it.
  mechanism_ = Mechanism::kPolling;
}

}  // namespace internal
}  // namespace lockfile
