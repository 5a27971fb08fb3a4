// A request for a lock that is under way in the kernel of Windows, while the
// thread that made it sleeps, or looks at other things.
//
// It is an overlapped LockFileEx: the kernel puts it into the queue for the
// byte, and signals an event when the lock is there. It is on the handle of the
// caller, so the lock is, too. Unlike the helper of flock_helper.h it is no
// process and no thread, and nobody has to be woken before the waiter. It ends
// with the thread that made it.
//
// Wine's LockFileEx says that such a request is under way, and forgets it
// (8.0: "Async I/O lock wait not implemented"). So it isn't made there.

#ifndef LOCKFILE_INTERNAL_LOCK_REQUEST_H_
#define LOCKFILE_INTERNAL_LOCK_REQUEST_H_

#include <memory>

namespace lockfile {
namespace internal {

// One thread. At most one request is under way at a time.
class LockRequest {
 public:
  LockRequest();
  LockRequest(const LockRequest&) = delete;
  LockRequest& operator=(const LockRequest&) = delete;
  ~LockRequest();

  // Asks for the lock of `descriptor`, which must stay open until Withdraw.
  // Returns 0, and the request is under way or granted already; or an errno:
  // ENOSYS where there are no such requests.
  int Make(int descriptor);

  bool IsMade() const { return pending_ != nullptr; }

  // Whether the lock was granted; then the request is over, and the lock the
  // caller's.
  bool TakeGranted();

  // Whether the request has ended, granted or not.
  bool HasEnded() const;

  // Calls it off. A lock that was granted meanwhile is given back. Harmless if
  // none is made.
  void Withdraw();

  // The event that is signalled at its end: a HANDLE. Only while it is made.
  void* event() const;

 private:
  struct Pending;

  std::unique_ptr<Pending> pending_;
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_LOCK_REQUEST_H_
