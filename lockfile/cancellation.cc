// A flag, and waking up those who sleep.

#include "lockfile/cancellation.h"

#include "lockfile/internal/wait_queue.h"

namespace lockfile {

// The flag comes first: who is woken looks at it, and who joins a queue looks
// at it before sleeping.
void Cancellation::Cancel() {
  cancelled_.store(true, std::memory_order_seq_cst);
  internal::QueuePlace::Wake(this);
}

bool Cancellation::IsCancelled() const {
  return cancelled_.load(std::memory_order_seq_cst);
}

}  // namespace lockfile
