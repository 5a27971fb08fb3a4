// How a thread waits for a lock that somebody has: by turns within the process,
// and then in the kernel's own queue.
//
// Without a limit, and without a Cancellation, the thread itself blocks in
// flock(2). So it does with a limit, if it is the process's only thread, and a
// signal can end the call: then an alarm does (flock_alarm.h). Otherwise a
// helper blocks for it, on the same open file description (flock_helper.h), and
// is killed in the end. Either way, who waits with a limit waits as long as who
// waits without, not longer, and isn't passed over.
//
// Where there is neither (on other machines; where seccomp(2), a container,
// an emulator or a limit on processes refuses one of its system calls; on
// kernels before 5.9, which have no close_range(2)) the thread asks again and
// again, at intervals of 1 to 10 ms. Then a release is noticed that much later,
// and nothing is promised about turns: whoever blocks in the kernel comes
// first.
//
// On Windows (waiter_windows.cc) a request of its own waits in the kernel for
// the thread, with a limit or without (lock_request.h).

#ifndef LOCKFILE_INTERNAL_WAITER_H_
#define LOCKFILE_INTERNAL_WAITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "lockfile/cancellation.h"
#include "lockfile/internal/deadline.h"
#include "lockfile/internal/flock_helper.h"
#include "lockfile/internal/lock_request.h"
#include "lockfile/internal/platform.h"
#include "lockfile/internal/poll_interval.h"
#include "lockfile/internal/system.h"
#include "lockfile/internal/wait_queue.h"

namespace lockfile {
namespace internal {

// For one thread. Calling sequence, for one file after another:
//
//   Join() -> Sleep(), any number of times -> Stop()
//
// with an attempt at the lock before each Sleep, and one when it is over.
class Waiter {
 public:
  // `cancel` may be null.
  explicit Waiter(const Cancellation* cancel);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  // Goes to the end of the queue for `file`, see QueuePlace. Nothing changes if
  // it is in that already. (With no other thread, and nobody to cancel, there
  // is no queue.)
  int Join(const FileId& file);
  bool IsFirst() const { return !place_.has_value() || place_->IsFirst(); }

  bool IsCancelled() const {
    return cancel_ != nullptr && cancel_->IsCancelled();
  }

  // Whether the next attempt is to block, since nothing else can end the wait.
  bool Blocks(const Deadline& deadline) const;

  // Sleeps until there is a reason to try for the lock, or to look at the path
  // or at the clock; at most until the deadline. `descriptor` is open, and the
  // same each time until Stop. Returns whether it has the lock now.
  bool Sleep(int descriptor, const Deadline& deadline);

  // Before the descriptor is used as one that is held, or closed: sees to it
  // that nobody else acts on it.
  void Stop();

 private:
#if LOCKFILE_INTERNAL_WINDOWS
  // Whether a request is under way, after trying to make one.
  bool EnsureRequest(int descriptor);

  const Cancellation* const cancel_;
  std::atomic<uint32_t> wakeup_{0};
  std::optional<QueuePlace> place_;
  LockRequest request_;
  bool polls_ = false;  // No request can be made here.
  PollInterval interval_;
#else
  enum class Mechanism { kUntried, kHelper, kPolling };

  // Blocks in flock(2) until the alarm at the deadline, and returns whether it
  // has the lock. Nothing, if there can't be an alarm, or nobody can block.
  std::optional<bool> SleepUntilAlarm(int descriptor, const Deadline& deadline);

  // Whether a helper is at work, after trying to start one.
  bool EnsureHelper(int descriptor);
  bool HelperHasLocked() const;
  // False: it can't be waited for.
  bool AwaitEndOfKeeper();

  const Cancellation* const cancel_;
  // On the heap, because it may outlive this object; see Stop. Null before it
  // is needed, for the queue or for a helper.
  std::unique_ptr<FlockHelperBlock> block_;
  std::optional<QueuePlace> place_;
  Mechanism mechanism_ = Mechanism::kUntried;
  int deaths_ = 0;  // Of helpers, by another's hand.
  PollInterval interval_;
#endif
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_WAITER_H_
