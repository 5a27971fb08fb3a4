// A file descriptor that carries a lock and never outlives a fork.
//
// A flock(2) belongs to the open file description, which a forked child shares
// with its parent. Two things go wrong with that:
//
//   - the child's copy keeps the lock alive when the parent is killed;
//   - an unlock in the child takes the lock from the parent.
//
// So every descriptor is on a list of the process, and a pthread_atfork(3)
// handler closes all of them in the child, before fork() returns there. And no
// lock is ever taken on a descriptor that a child has a copy of because it was
// forked between the open and the entry in the list: see Open().
//
// Where the handlers don't run (vfork, posix_spawn, _Fork, a bare clone(2)),
// the process that opened the descriptor is remembered, and only that one
// unlocks. The time from vfork to exec is left: such a child has its copy for
// as long, and a little longer than its parent is kept waiting. So a close(2)
// alone doesn't always release.

#ifndef LOCKFILE_INTERNAL_LOCK_DESCRIPTOR_H_
#define LOCKFILE_INTERNAL_LOCK_DESCRIPTOR_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "lockfile/internal/system.h"

namespace lockfile {
namespace internal {

// Thread-compatible: one thread at a time for one object. Any thread may fork
// meanwhile. Neither copied nor moved, since the list points at it.
class LockDescriptor {
 public:
  LockDescriptor() = default;
  LockDescriptor(const LockDescriptor&) = delete;
  LockDescriptor& operator=(const LockDescriptor&) = delete;
  ~LockDescriptor() { Close(); }

  // Takes the descriptor that `open` returns. Returns 0, or the errno of
  // `open` or of pthread_atfork. Calls `open` again if the process has forked
  // during the call, since that child may have got a copy. Nothing is open
  // before; when it returns 0, no other process has the descriptor.
  int Open(absl::FunctionRef<Outcome<int>()> open);

  // Whether it is open, and in this process.
  bool IsOpen() const;

  // The number to pass to System. Only while it is open.
  int get() const { return descriptor_; }

  // Closes one that carries no lock.
  void CloseUnlocked();

  // To be called when the lock has been taken: what other threads of this
  // process did before they closed theirs, happened before. (Of itself, a
  // system call orders nothing for the compiler, nor for a race detector.)
  static void Synchronize();

  // Releases and closes, whatever children there are; in a child that has a
  // copy nevertheless, only closes that. Harmless when there is nothing open.
  // Nothing is open and nothing held afterwards, also when it returns an
  // errno: that of the unlock or else that of the close.
  int Close();

 private:
  friend class DescriptorList;

  int descriptor_ = -1;
  int64_t owner_pid_ = 0;
  // The list, guarded by its mutex. Null when not in it.
  LockDescriptor* next_ = nullptr;
  LockDescriptor** link_ = nullptr;  // The pointer to this one.
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_LOCK_DESCRIPTOR_H_
