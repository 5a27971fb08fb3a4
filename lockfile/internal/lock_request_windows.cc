// Overlapped LockFileEx, and its cancellation.

#include <memory>
#include <utility>

#include "lockfile/internal/handle_windows.h"
#include "lockfile/internal/lock_request.h"
#include "lockfile/internal/system.h"

namespace lockfile {
namespace internal {
namespace {

// How long a request that was called off may take to end, in milliseconds. It
// takes microseconds; but a file system whose server is down may not let go.
constexpr DWORD kPatience = 1000;

}  // namespace

// The kernel writes into it until the request has ended.
struct LockRequest::Pending {
  ~Pending() { ::CloseHandle(overlapped.hEvent); }

  OVERLAPPED overlapped = LockedByte();
  int descriptor = -1;
};

LockRequest::LockRequest() = default;

LockRequest::~LockRequest() { Withdraw(); }

int LockRequest::Make(int descriptor) {
  const HANDLE event = ::CreateEventW(nullptr, /*bManualReset=*/TRUE,
                                      /*bInitialState=*/FALSE, nullptr);
  if (event == nullptr) return ErrnoOf(::GetLastError());
  auto pending = std::make_unique<Pending>();
  pending->overlapped.hEvent = event;
  pending->descriptor = descriptor;
  const int error = System::Get().BeginLock(descriptor, &pending->overlapped);
  if (error != 0) return error;
  pending_ = std::move(pending);
  return 0;
}

bool LockRequest::HasEnded() const {
  return pending_ != nullptr &&
         ::WaitForSingleObject(pending_->overlapped.hEvent, 0) == WAIT_OBJECT_0;
}

bool LockRequest::TakeGranted() {
  if (!HasEnded()) return false;
  DWORD size = 0;
  const bool granted =
      ::GetOverlappedResult(HandleOf(pending_->descriptor),
                            &pending_->overlapped, &size, /*bWait=*/FALSE) != 0;
  pending_.reset();
  return granted;
}

void LockRequest::Withdraw() {
  if (pending_ == nullptr) return;
  System& system = System::Get();
  const int descriptor = pending_->descriptor;
  system.CancelLock(descriptor, &pending_->overlapped);
  if (::WaitForSingleObject(pending_->overlapped.hEvent, kPatience) !=
      WAIT_OBJECT_0) {
    // The kernel may still write there. Closing the file ends the request.
    (void)pending_.release();
    return;
  }
  if (TakeGranted()) (void)system.Unlock(descriptor);
}

void* LockRequest::event() const { return pending_->overlapped.hEvent; }

}  // namespace internal
}  // namespace lockfile
