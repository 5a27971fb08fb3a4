// The threads of this process that wait for locks: in a queue for each file,
// first come first served. Only the first asks the kernel, so that a process
// has one turn among processes, however many of its threads want it.

#ifndef LOCKFILE_INTERNAL_WAIT_QUEUE_H_
#define LOCKFILE_INTERNAL_WAIT_QUEUE_H_

#include <atomic>
#include <cstdint>

#include "lockfile/internal/system.h"

namespace lockfile {

class Cancellation;

namespace internal {

// A thread's place, from construction to destruction, in at most one queue at a
// time. One thread at a time for one object; the process may fork meanwhile.
// The child's copy is in no queue, and there it must only be destroyed.
class QueuePlace {
 public:
  // `wakeup` is set to 1, and one who sleeps on it woken, when this becomes the
  // first, or `cancellation`, which may be null, is cancelled.
  QueuePlace(std::atomic<uint32_t>* wakeup, const Cancellation* cancellation)
      : wakeup_(wakeup), cancellation_(cancellation) {}
  QueuePlace(const QueuePlace&) = delete;
  QueuePlace& operator=(const QueuePlace&) = delete;
  ~QueuePlace() { Leave(); }

  // Goes to the end of the queue for `file`, unless it is in that already.
  // Returns 0, or the errno of pthread_atfork.
  int Join(const FileId& file);
  void Leave();

  // Whether nobody in the queue came before.
  bool IsFirst() const { return first_.load(std::memory_order_acquire); }

  // How many are in any queue: a cheap look, by which those who needn't wait
  // find out whether they would push in.
  static int Taken() { return taken_.load(std::memory_order_relaxed); }

  // Wakes all that have this cancellation.
  static void Wake(const Cancellation* cancellation);

 private:
  friend class WaitQueues;

  static std::atomic<int> taken_;

  std::atomic<uint32_t>* const wakeup_;
  const Cancellation* const cancellation_;
  std::atomic<bool> first_{false};
  // The rest is guarded by the mutex of WaitQueues.
  bool queued_ = false;
  FileId file_;
  QueuePlace* previous_ = nullptr;
  QueuePlace* next_ = nullptr;
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_WAIT_QUEUE_H_
