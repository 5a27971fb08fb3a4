// All queues are one list, in the order of arrival: the queue for a file are
// those in it who wait for that file. There are never so many threads that
// anything cleverer would pay.

#include "lockfile/internal/wait_queue.h"

#include <mutex>

namespace lockfile {
namespace internal {

std::atomic<int> QueuePlace::taken_{0};

class WaitQueues {
 public:
  static WaitQueues& Get() {
    // Never destroyed: threads may wait, and fork, while the process exits.
    static WaitQueues& queues = *new WaitQueues;
    return queues;
  }

  int Add(QueuePlace* place, const FileId& file);
  void Remove(QueuePlace* place);
  void Wake(const Cancellation* cancellation);

 private:
  WaitQueues() = default;

  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();

  void Unlink(QueuePlace* place);
  static void WakeUp(const QueuePlace& place);

  // Not an absl::Mutex, for the reason given in lock_descriptor.cc. For the
  // same reason nobody sleeps on a condition variable: a futex(2) of one's own
  // has no state that a fork could leave in a muddle.
  std::mutex mutex_;
  QueuePlace* first_ = nullptr;
  QueuePlace* last_ = nullptr;
  bool fork_handlers_installed_ = false;
};

int WaitQueues::Add(QueuePlace* place, const FileId& file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!fork_handlers_installed_) {
    const int error = System::Get().AtFork(&BeforeFork, &AfterForkInParent,
                                           &AfterForkInChild);
    if (error != 0) return error;
    fork_handlers_installed_ = true;
  }
  bool is_first = true;
  for (const QueuePlace* other = first_; other != nullptr;
       other = other->next_) {
    if (other->file_ == file) is_first = false;
  }
  place->file_ = file;
  place->first_.store(is_first, std::memory_order_release);
  place->previous_ = last_;
  place->next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = place;
  last_ = place;
  place->queued_ = true;
  ++QueuePlace::taken_;
  return 0;
}

void WaitQueues::Remove(QueuePlace* place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!place->queued_) return;
  if (place->IsFirst()) {
    QueuePlace* successor = place->next_;
    while (successor != nullptr && successor->file_ != place->file_) {
      successor = successor->next_;
    }
    if (successor != nullptr) {
      successor->first_.store(true, std::memory_order_release);
      WakeUp(*successor);
    }
  }
  Unlink(place);
}

void WaitQueues::Wake(const Cancellation* cancellation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const QueuePlace* place = first_; place != nullptr;
       place = place->next_) {
    if (place->cancellation_ == cancellation) WakeUp(*place);
  }
}

// Under the mutex, since a place that has left may be gone, and its word, too.
void WaitQueues::WakeUp(const QueuePlace& place) {
  place.wakeup_->store(1, std::memory_order_release);
  System::Get().WakeOne(*place.wakeup_);
}

void WaitQueues::Unlink(QueuePlace* place) {
  (place->previous_ == nullptr ? first_ : place->previous_->next_) =
      place->next_;
  (place->next_ == nullptr ? last_ : place->next_->previous_) =
      place->previous_;
  place->queued_ = false;
  place->first_.store(false, std::memory_order_release);
  --QueuePlace::taken_;
}

void WaitQueues::BeforeFork() { Get().mutex_.lock(); }

void WaitQueues::AfterForkInParent() { Get().mutex_.unlock(); }

// None of the threads that wait have come along.
void WaitQueues::AfterForkInChild() {
  WaitQueues& queues = Get();
  while (queues.first_ != nullptr) queues.Unlink(queues.first_);
  queues.mutex_.unlock();
}

int QueuePlace::Join(const FileId& file) {
  if (queued_ && file_ == file) return 0;
  Leave();
  return WaitQueues::Get().Add(this, file);
}

void QueuePlace::Leave() {
  // Only this thread queues it, or a fork handler takes it out, in a child.
  if (queued_) WaitQueues::Get().Remove(this);
}

void QueuePlace::Wake(const Cancellation* cancellation) {
  WaitQueues::Get().Wake(cancellation);
}

}  // namespace internal
}  // namespace lockfile
