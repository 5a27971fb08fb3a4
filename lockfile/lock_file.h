// Locks between processes, by means of a lock file.
//
// A LockFile is the right to use something that only one process may use at a
// time: a database file, a cache folder, a device. The lock file itself is
// only the place where processes meet; what it protects is another file, or
// nothing on disk at all. The kernel holds the lock, on behalf of the process,
// and takes it back whatever becomes of that process: there are no stale locks
// to break.
//
// Its limits:
//   - It restrains only those who ask. The lock is advisory, and is flock(2):
//     it excludes others who use that (zc.lockfile, py-filelock, flock(1),
//     gofrs/flock...), not those who use fcntl(2) locks.
//   - It never removes the lock file; to do so by hand is safe only while
//     nobody uses it. (A file removed while the lock is held is a name free
//     for others to create and lock, beside the holder of the old one.)
//   - It is no reader-writer lock, and not recursive.
//
// Calling sequence:
//
//   Acquire() -> use what it protects -> Close(), or destroy the object
//
// The states of one lock file that one process sees, and what becomes of them:
//
//               Acquire      Close,      fork               exec     SIGKILL,
//                            destroy     (in the child)     by it    exit of it
//   Unlocked    HeldByMe     Unlocked    Unlocked           Unlocked Unlocked
//   HeldByMe    refused [1]  Unlocked    HeldByOther [2]    Unlocked Unlocked
//   HeldByOther refused [1]  no change   HeldByOther        no change
//
//   [1] Once options.wait is over. Nobody's lock is changed by a refusal.
//   [2] The parent's state doesn't change.
//
// Waiting. A waiter, with a limit or without, sleeps in the kernel's own queue
// for the file, as in a blocking flock(2): the release itself wakes it, it has
// as good a chance as every other waiter, and it costs nothing meanwhile. (The
// kernel's queue is nearly, not strictly, first come first served.) The threads
// of one process queue among themselves, first come first served, and have one
// place in the kernel's queue together. An Acquire that only tries doesn't
// queue, and may be lucky before those that do.
//
// docs/design.md says how that is done ("Waiting with a limit"). The
// application may notice of a wait that has a limit, or can be cancelled:
//   - In a process with one thread: one of the signals SIGURG and SIGWINCH,
//     which the application neither catches nor blocks, has a handler until
//     Acquire returns. A handler of the application that runs when the time is
//     up may see its calls fail with EINTR: once, again after a millisecond,
//     after two more, after four...
//   - In one with several threads, or if the application uses both signals, or
//     the wait can be cancelled, or a server has the locks: the process has one
//     thread and one child process more. They are gone when Acquire returns
//     without the lock, and else some microseconds later. No signal comes of
//     them, and nothing to wait(2) for. They die with the application, the
//     child some microseconds after it. To be woken takes twice as long, some
//     twenty microseconds more.
//   - Where the system calls for that are refused (by seccomp(2), in some
//     containers, by emulators, on Linux before 5.9), and on other systems than
//     Linux: Acquire asks again and again, at intervals that grow from half a
//     millisecond to 10 ms, and once more at the end. It notices a
//     release late by as much, and nothing is promised about chances: it may
//     starve beside those who queue.
//
// Safety:
//   Threads    Acquire is thread-safe. A LockFile is thread-compatible: one
//              thread at a time for one object, and any thread may close it. A
//              second Acquire in the process is refused like everybody else's,
//              from whatever thread and by whatever name of the file. One that
//              waits without a limit for its own thread's lock waits for ever.
//              Among threads it is a lock as any other: what one did before it
//              closed happens before what the next does.
//   fork       The child holds nothing: before fork() returns there, its copy
//              of each lock is closed. Nothing the child does or suffers
//              (Close, destruction, exit) releases the parent's lock, and no
//              living child keeps the lock of a parent that has closed it or
//              died. Other threads may be in the midst of Acquire or Close. As
//              always after a fork in a program of many threads, the child can
//              count on little (fork(2)): on Close, the destructor and
//              IsHeld(), but on Acquire only as far as on malloc and Abseil's
//              logging. Don't call Acquire or Close from pthread_atfork(3)
//              handlers. A child made by vfork(2), _Fork(3) or a bare clone(2)
//              must not close the lock, and keeps a copy of it until it execs
//              or exits: the lock of a parent killed before that lives on.
//              (posix_spawn(3) returns some microseconds before the copy is
//              gone.)
//   exec       A program that the process becomes, or starts, holds nothing.
//              Other threads may be in the midst of Acquire.
//   exit,      Released at once by the kernel, however the process ends.
//   SIGKILL
//   stop       A process stopped by SIGSTOP still holds its locks. Waiting goes
//              on, on the same clock, after SIGCONT.
//   Signals    A signal with a handler neither fails nor ends an Acquire. The
//              functions here aren't async-signal-safe: don't call them from a
//              handler, nor fork there, nor leave an Acquire by siglongjmp(3).
//   Network    As good as the server. NFS passes flock(2) on to the server as a
//   file       byte-range lock (flock(2), "NFS details"): fcntl(2) locks then
//   systems    exclude it, a lock may be lost when the server restarts or
//              can't be reached, and with the mount options nolock or
//              local_lock each host has a lock of its own. SMB and FUSE: see
//              their documentation. Unspecified, and not tested.
//
// Windows keeps the same promises by other means:
//   - The lock is LockFileEx's, of the byte at 2^62, which no file has; it
//     excludes others that lock this byte. A reader that shares writing may
//     read the file meanwhile.
//   - While somebody holds the lock, waits for it or tries, the file can be
//     neither removed nor renamed, nor can a folder above it.
//   - A path is UTF-8, and may be longer than 260 characters. Symbolic links,
//     junctions and other reparse points are refused as symbolic links are.
//     CON, NUL, COM1 and their like are devices in each folder, and refused as
//     devices (kFailedPrecondition).
//   - A file that is being removed, or that somebody has open and doesn't
//     share, is kFailedPrecondition, if it is still so a tenth of a second
//     later.
//   - Nothing is inherited by a child; there is no fork(2). After a
//     process was killed, its lock is free soon, but not at once ("LockFileEx
//     function").
//   - A waiter has a place in the kernel's queue, and no thread or process of
//     its own. A wait with a limit may end 16 ms late, which is how often
//     Windows looks at its timers. On Wine, which has no such queue, waiters
//     ask again and again, as on other systems than Linux.
//
// Three kinds of failure are never confused:
//   refusal      absl::StatusCode::kUnavailable, see IsRefused(): somebody has
//                the lock, and options.wait is over. Logged, through Abseil
//                logging, as one record of severity ERROR whose text is
//                    Error locking file <path>; pid=<pid>
//                with the path as given (what could break the line is escaped)
//                and the holder's pid if the file has a record of it, else the
//                word UNKNOWN. Nothing else is ever logged.
//   cancelled    absl::StatusCode::kCancelled: the wait was given up, see
//                options.cancel. Not logged.
//   environment  Any other code: no such directory (kNotFound), no permission
//                to write the file (kPermissionDenied; reading isn't enough),
//                not a regular file, or a symbolic link (kFailedPrecondition),
//                out of descriptors, locks or space (kResourceExhausted), the
//                file system can't lock (kUnimplemented), a path that is empty
//                or has a NUL in it (kInvalidArgument), the file replaced
//                faster than it can be locked (kAborted)...
//
// Example:
//
//   lockfile::LockFileOptions options;
//   options.wait = absl::Seconds(10);
//   absl::StatusOr<lockfile::LockFile> lock =
//       lockfile::LockFile::Acquire("ledger.lock", options);
//   if (lockfile::IsRefused(lock.status())) return TryAgainLater();
//   if (!lock.ok()) return lock.status();
//   AppendToLedger();
//   return lock->Close();

#ifndef LOCKFILE_LOCK_FILE_H_
#define LOCKFILE_LOCK_FILE_H_

// Visual C++ says 199711 in __cplusplus, and the truth in _MSVC_LANG.
#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "lockfile needs C++17: compile with -std=c++17 or a later standard"
#endif

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lockfile/cancellation.h"

namespace lockfile {

struct LockFileOptions {
  // How long to wait for a lock that somebody has. Zero, or less, asks once;
  // absl::InfiniteDuration() waits for as long as it takes. The time runs from
  // the call, on a clock that is never set. A refusal comes not before it is
  // over, and follows one last attempt made after that.
  //
  // When the lock that it sleeps on is released, or the time is up, a wait
  // notices that the file was removed or replaced, and goes on with what is at
  // the path now. In a process with several threads, one with a limit notices
  // within moments (0.25 s), as one does that can be cancelled.
  absl::Duration wait = absl::ZeroDuration();

  // The text to write into the file about its owner, so that those who are
  // refused learn who it is: "{pid}\n", or "{pid} {hostname}\n" if several
  // hosts or containers share the file. {pid} and {hostname} are filled in. The
  // record becomes the whole content of the file, and stays in it after the
  // release; if it can't be written, the lock is given back and the error
  // returned. Other records than these two may be written but aren't understood
  // when somebody is refused. Empty: the content isn't touched.
  //
  // A record is a hint. It is read without a lock: just after the lock has
  // changed hands it may still name the last owner, and it does so for as long
  // as a holder without this option holds the lock. It isn't believed if there
  // is no such process; that is checked only if it names this host or none.
  // Pids are reused, and in another pid namespace mean other processes.
  std::string owner_record = {};

  // If not null, the wait can be given up from another thread, by Cancel() on
  // this object, which must outlive the call. Acquire then returns
  // absl::StatusCode::kCancelled, which is neither refusal nor error: it holds
  // nothing, and logs nothing. One that is cancelled already doesn't begin.
  const Cancellation* cancel = nullptr;
};

// A lock that is held, until the object is closed or destroyed.
class [[nodiscard]] LockFile {
 public:
  // Locks the file at `path`, and creates it first if there is none. When it
  // succeeds, the locked file is the one at `path`: at a moment after it was
  // locked, it was there. Changes nothing in the file, except for
  // options.owner_record, and nothing at all when it is refused.
  static absl::StatusOr<LockFile> Acquire(absl::string_view path,
                                          const LockFileOptions& options = {});

  // Movable only. A LockFile that was moved from is like one that was closed,
  // and has an empty path. Assigning closes what is assigned to.
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;

  // Closes; an error is lost.
  ~LockFile();

  // Releases the lock, and leaves the file. Harmless when repeated: then, as in
  // a forked child, there is nothing to do, and OK is returned. The object
  // holds nothing afterwards, whatever the status, and there is no call for
  // repeating it. After an error the lock may be held by the copies of children
  // that were made without fork handlers (see above), and by nobody else.
  absl::Status Close();

  // Whether this object, in this process, holds the lock.
  bool IsHeld() const;

  // As it was given to Acquire.
  const std::string& path() const;

 private:
  struct State;
  struct Recycler {
    void operator()(State* state) const;
  };
  using StatePtr = std::unique_ptr<State, Recycler>;

  explicit LockFile(StatePtr state);

  StatePtr state_;  // Null once moved from.
};

// Whether `status`, from Acquire, is a refusal: somebody else has the lock.
bool IsRefused(const absl::Status& status);

// The holder's pid, as logged, if `status` is a refusal and it was known.
std::optional<int64_t> HolderPid(const absl::Status& status);

}  // namespace lockfile

#endif  // LOCKFILE_LOCK_FILE_H_
