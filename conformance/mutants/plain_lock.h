// A small correct lock, step by step, for mutants to break in one place each.
//
// It keeps every promise of the catalogue (plain_lock_test asserts that), so
// what kills a mutant is the one step that the mutant overrides. It shares
// nothing with the reference: a mistake there must not hide one here.

#ifndef CONFORMANCE_MUTANTS_PLAIN_LOCK_H_
#define CONFORMANCE_MUTANTS_PLAIN_LOCK_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/implementation.h"

namespace conformance {

class PlainLock : public Implementation {
 public:
  enum class Owner { kUnrecorded, kRecorded };
  explicit PlainLock(Owner owner = Owner::kUnrecorded) : owner_(owner) {}

  Introduction Describe() const override;
  // The steps below, in their order.
  Attempt Acquire(const std::string& path, absl::Duration wait) override;
  Attempt AcquireUnlessCancelled(const std::string& path, absl::Duration wait,
                                 CancelRequest& request) override;

  // ---- The steps. Those that return int return 0 or an errno. --------------

  // Before anything is opened: is the name one that can be locked?
  virtual int CheckName(const std::string& path);
  // The descriptor, or -1 and errno.
  virtual int Open(const std::string& path);
  // Is it a regular file?
  virtual int CheckFile(int fd);
  // EWOULDBLOCK: somebody else holds it.
  virtual int Lock(int fd);
  // The same, waiting until a MonotonicNow. EWOULDBLOCK: it is over.
  // ECANCELED: it was cancelled.
  virtual int LockUntil(int fd, absl::Duration deadline);
  // Is the locked file still the one at the path? If not, all begins anew.
  virtual bool StillThere(int fd, const std::string& path);
  // Writes the owner's record, where one is kept.
  virtual int Record(int fd);
  // After a refusal: logs it and closes.
  virtual void Refuse(int fd, const std::string& path);
  // After an error: closes.
  virtual void Abandon(int fd);
  // After a wait that was cancelled: closes, and says what came of it.
  virtual Attempt GiveUp(int fd, const std::string& path);
  // Has the wait notice that it was cancelled. Called by another thread.
  virtual void Wake();
  // Gives the lock back: unlocks and closes. The result of close.
  virtual int Unlock(int fd, const std::string& path);
  // In a forked child, for each lock that its parent holds. The new value of
  // the child's descriptor, -1 for none.
  virtual int AfterFork(int fd);
  // The answer of a second release.
  virtual std::string ReleaseAgain(int fd, const std::string& path);

 protected:
  // The message's path and pid: made harmless, and as the file records it.
  virtual std::string LoggedPath(const std::string& path);
  virtual std::string LoggedPid(int fd);
  virtual void Log(const std::string& path, const std::string& pid);
  bool records_owner() const { return owner_ == Owner::kRecorded; }
  // Whether the wait that is under way has been cancelled.
  bool IsCancelled() const { return request_ != nullptr && request_->IsMade(); }

 private:
  const Owner owner_;
  const CancelRequest* request_ = nullptr;  // of the wait that is under way
};

// The same, whose waits can be cancelled. (Most mutants wait in ways of their
// own, and would have to be cancelled in ways of their own.)
class CancellableLock : public PlainLock {
 public:
  Introduction Describe() const override;
};

// A lock that PlainLock gives out. It keeps itself in a list of all that are
// held, so that a forked child can let go of its copies.
class PlainHeld : public HeldLock {
 public:
  PlainHeld(PlainLock* lock, int fd, std::string path);
  ~PlainHeld() override;
  std::string Release() override;

 private:
  friend void LetGoInChild();
  PlainLock* const lock_;
  int fd_;
  int last_fd_;  // what fd_ was before the release
  const std::string path_;
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_PLAIN_LOCK_H_
