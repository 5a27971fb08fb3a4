// Small correct locks of different kinds, step by step, for race mutants to
// break in one place each: a locked file that is removed, a pid file or link
// that is made at once, and a record in a file that stays.
//
// Each makes as few system calls as it can, so that all interleavings of them
// can be tried; races_test asserts that each is a lock when it is alone, and
// what kills a mutant is the step that it overrides. They claim only `forever`,
// where they say so.

#ifndef CONFORMANCE_MUTANTS_RACES_WHOLE_LOCKS_H_
#define CONFORMANCE_MUTANTS_RACES_WHOLE_LOCKS_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"

namespace conformance {

// ---- Parts ------------------------------------------------------------------

// Calls `release` to give the lock back: "" or an error message.
Attempt HeldUntil(std::function<std::string()> release);
// Refused for EWOULDBLOCK, otherwise an error: "flock: No locks available".
Attempt NotHeld(absl::string_view call, int error);
// 0 or an errno, each. It is all right if there is none.
int RemoveFile(const std::string& path);
int CloseFile(int fd);
// "" for 0.
std::string Message(absl::string_view call, int error);

// flock(2), again when it is interrupted. 0 or an errno.
int Flock(int fd, int operation);
// An exclusive lock of the whole file by fcntl(2), with F_SETLK or the like.
// EWOULDBLOCK: another has it.
int RecordLockWhole(int fd, int command);
// Whether the locked file is the one at the path. ESTALE: it isn't.
int CompareWithPath(int fd, const std::string& path);

// The owner that a record, "PID\n", names.
struct Owner {
  enum class Kind {
    kGone,     // there is no file
    kNobody,   // no record, or a cut one, or a process that is no more
    kAlive,    // `pid`, be it ourselves
    kUnknown,  // it can't be read: `error`
  } kind = Kind::kNobody;
  pid_t pid = 0;
  int error = 0;
};
std::string MyRecord();
// Empty for text that is no record.
Owner OwnerOfRecord(absl::string_view text);
Owner ReadOwner(int fd);
Owner ReadOwner(const std::string& path);
// In the place of what is in the file. After a failure, it is empty.
int WriteRecord(int fd);
// Writes our record into the new file of this name, and closes it. A failure
// leaves no file.
int FillWithRecord(int fd, const std::string& path);
// Makes a file with our record. EEXIST unless it is new. A failure leaves none.
int CreateRecord(const std::string& path);

class BareLock : public Implementation {
 public:
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;

 protected:
  virtual Attempt Try(const std::string& path) = 0;
};

// ---- A file that is locked by flock, and removed on release -----------------

// A process that has locked it looks whether it is still at the path, and
// otherwise tries again. Claims `forever`.
class RemovedFile : public Implementation {
 public:
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;

 protected:
  virtual int Open(const std::string& path);  // the descriptor, or -1 and errno
  virtual int Lock(int fd, const std::string& path, bool wait);
  virtual int Compare(int fd, const std::string& path);
  // After having locked a file that isn't at the path any more.
  virtual void Drop(int fd);
  // After an error.
  virtual void Abandon(int fd);
  virtual int Release(int fd, const std::string& path);
};

// ---- A pid file that comes into being with its record -----------------------

// It is written under another name and linked to its own (link(2)). One whose
// process is no more is removed, by one breaker at a time, who looks again.
class PidFileByLink : public BareLock {
 protected:
  Attempt Try(const std::string& path) override;

  virtual int Create(const std::string& path);  // EEXIST: it is there already
  virtual Owner Look(const std::string& path);
  virtual int Break(const std::string& path);
  virtual bool StillStale(const std::string& path);
};

// The same, under another name that mkstemp(3) makes up.
class PidFileByMadeUpName : public PidFileByLink {
 protected:
  int Create(const std::string& path) override;
};

// The same by a symbolic link, which comes into being with what it points to:
// the pid. A file that isn't a link is stale.
class PidInLink : public PidFileByLink {
 protected:
  int Create(const std::string& path) override;
  Owner Look(const std::string& path) override;
};

// ---- A record in a file that stays ------------------------------------------

// Held is what names a live process. It is read and written under a short
// flock.
class RecordInPlace : public BareLock {
 protected:
  Attempt Try(const std::string& path) override;

  virtual int Open(const std::string& path);
  // Takes and gives the short lock.
  virtual int Enter(int fd, const std::string& path);
  virtual void Leave(int fd);
  // Within it. EWOULDBLOCK: it is held.
  virtual int Claim(int fd);
  virtual int Release(int fd, const std::string& path);
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_RACES_WHOLE_LOCKS_H_
