// The waiting thread of Windows, with a request in the kernel or without.

#include <errno.h>

#include <algorithm>

#include "absl/time/time.h"
#include "lockfile/internal/waiter.h"

namespace lockfile {
namespace internal {
namespace {

// How often a waiter looks whether the file is still the one at the path. The
// request stays in the kernel's queue meanwhile.
constexpr absl::Duration kLookInterval = absl::Milliseconds(250);

}  // namespace

Waiter::Waiter(const Cancellation* cancel) : cancel_(cancel) {}

Waiter::~Waiter() { Stop(); }

int Waiter::Join(const FileId& file) {
  if (!place_.has_value()) place_.emplace(&wakeup_, cancel_);
  return place_->Join(file);
}

bool Waiter::Blocks(const Deadline& /*deadline*/) const { return false; }

bool Waiter::Sleep(int descriptor, const Deadline& deadline) {
  System& system = System::Get();
  // An exchange and no store, because it also shows what was written by one who
  // set it before.
  wakeup_.exchange(0, std::memory_order_acq_rel);
  if (IsCancelled()) return false;
  absl::Duration interval = kLookInterval;
  const bool requested = IsFirst() && EnsureRequest(descriptor);
  if (IsFirst() && !requested) interval = interval_.Next();
  const absl::Duration until = std::min(system.Now() + interval, deadline.at());
  if (!requested) {
    system.SleepWhile(wakeup_, 0, until);
    return false;
  }
  system.SleepOnEvent(request_.event(), wakeup_, 0, until);
  if (request_.TakeGranted()) return true;
  // The file system refuses to wait.
  if (!request_.IsMade()) polls_ = true;
  return false;
}

bool Waiter::EnsureRequest(int descriptor) {
  if (polls_) return false;
  if (request_.IsMade()) return true;
  polls_ = request_.Make(descriptor) != 0;
  return !polls_;
}

// A lock that is granted in this moment is given back: Windows, unlike
// flock(2), refuses a handle the byte that it has locked, and the last attempt
// would take that for another holder.
void Waiter::Stop() { request_.Withdraw(); }

}  // namespace internal
}  // namespace lockfile
