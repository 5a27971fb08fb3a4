// A way to give up waiting for a lock, from another thread.
//
// (Why not absl::Notification: nobody is told when one is notified, so that a
// waiter would have to look at it again and again.)
//
// Safety:
//   Threads    Thread-safe. Must outlive the calls of Acquire that were given
//              it, and its own calls.
//   fork       The child has a copy, which is cancelled by itself.
//   exec, exit, SIGKILL, network file systems: nothing to say.
//   Signals    Not async-signal-safe: don't call Cancel from a handler.
//
// Example:
//
//   lockfile::Cancellation shutting_down;
//   std::thread watcher([&shutting_down] {
//     AwaitShutdown();
//     shutting_down.Cancel();
//   });
//   lockfile::LockFileOptions options;
//   options.wait = absl::InfiniteDuration();
//   options.cancel = &shutting_down;
//   absl::StatusOr<lockfile::LockFile> lock =
//       lockfile::LockFile::Acquire("ledger.lock", options);
//   watcher.join();
//   return lock.status();

#ifndef LOCKFILE_CANCELLATION_H_
#define LOCKFILE_CANCELLATION_H_

// Visual C++ says 199711 in __cplusplus, and the truth in _MSVC_LANG.
#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "lockfile needs C++17: compile with -std=c++17 or a later standard"
#endif

#include <atomic>

namespace lockfile {

class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Ends every Acquire that waits with this object, at once, and every later
  // one before it begins. They return absl::StatusCode::kCancelled: certainly
  // so where the lock becomes free only after this has returned. Nothing undoes
  // it; harmless when repeated.
  void Cancel();

  bool IsCancelled() const;

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace lockfile

#endif  // LOCKFILE_CANCELLATION_H_
