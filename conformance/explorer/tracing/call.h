// One system call as the explorer sees it: which one, on what, and whether it
// can block. Values only; no process and no tracing.

#ifndef CONFORMANCE_EXPLORER_TRACING_CALL_H_
#define CONFORMANCE_EXPLORER_TRACING_CALL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "conformance/explorer/tracing/actor_id.h"

namespace conformance::explorer {

// The effects of calls on files, whatever their names: open, openat, openat2
// and creat are all kOpen.
enum class Operation {
  kOpen,
  kClose,
  kCloseRange,
  kFlock,      // flock(2)
  kFcntl,      // fcntl(2): locks, duplicates, flags
  kStat,       // by path or by descriptor
  kAccess,     // access(2) and its kin
  kRead,       // what it reads is in the file
  kWrite,      // bytes into a file
  kTruncate,   // by path or by descriptor
  kReserve,    // fallocate(2)
  kUnlink,     // unlink, or unlinkat
  kRemoveDir,  // rmdir
  kRename,
  kLink,
  kSymlink,
  kMakeDir,
  kReadLink,
  kChangeMode,  // chmod, chown, and their kin
  kChangeTime,
  kList,  // getdents64(2)
  kSync,
  kDup,  // dup, dup2, dup3
  kKill,
  kSleep,      // only passes time
  kChangeDir,  // chdir, fchdir: never visible, but paths then mean others
  kExec,       // visible where descriptors close by it
  kExit,       // as well
  kNone,       // io_uring_setup: made to fail, never seen
};

// How the arguments of a call are to be read.
enum class Shape {
  kNothing,
  kPath,          // path first
  kAtPath,        // descriptor of a folder, path
  kPathPath,      // rename, link
  kAtPathAtPath,  // renameat, linkat
  kTextPath,      // symlink: what it points to, path
  kTextAtPath,    // symlinkat
  kFd,            // descriptor first
  kSendfile,      // the written descriptor first, the read one second
};

// When the filter stops at a call: looking at an argument there costs nothing,
// a stop costs microseconds.
enum class StopWhen {
  kAlways,
  kFirstIsNotZero,  // read: descriptor 0 is where commands come from
  kFirstIsZero,     // select without descriptors only sleeps
  kSecondIsZero,    // poll as well
  kNever,           // answered with ENOSYS by the filter
};

struct CallType {
  absl::string_view name;
  int number;  // on this processor
  Operation operation;
  Shape shape;
  StopWhen when;
};

// All that the filter stops, in the order in which it compares.
absl::Span<const CallType> CallTypes();
// nullptr when it isn't one of them.
const CallType* FindCallType(uint64_t number);

// One call with what its arguments stand for.
struct Call {
  const CallType* type = nullptr;
  std::array<uint64_t, 6> args = {};
  // Paths as they stand in the folder of the lock: "lock", "sub/x", "." for the
  // folder itself; "" when outside or none.
  std::string name, name2;
  // As the contender gave them, for reports.
  std::string path, path2;
  int fd = -1;   // the descriptor that it works on, if it is a watched one
  int fd2 = -1;  // the second of sendfile and dup2
  uint64_t flags = 0;  // of open, of rename
  int command = 0;     // of fcntl; the operation of flock; the signal of kill
  int lock_type = 0;   // of fcntl's locks: F_RDLCK, F_WRLCK, F_UNLCK
  int64_t lock_start = 0, lock_length = 0;
  int lock_whence = 0;
  std::optional<ActorId> actor;  // kKill and /proc: it is about this one
  bool blocking = false;         // it may wait for others
  bool sleeps = false;           // it only passes time
  bool removes_folder = false;   // unlinkat, as rmdir

  Operation operation() const { return type->operation; }
  bool FollowsLinks() const;
};

// Whether a command of fcntl(2) asks for, takes or frees a lock.
bool IsLockCommand(int command);
// "openat("lock", O_RDWR|O_CREAT, 0666)", and the result: "3", "-1 ENOENT".
std::string FormatCall(const Call& call);
std::string FormatResult(int64_t result);
// "ENOENT" for 2.
std::string ErrnoName(int error);

// Where an absolute path is, relative to the folder `directory` (absolute,
// without a final slash): "." for the folder itself, "" when it is elsewhere.
// Lexical: symbolic links outside of the folder aren't known to it.
std::string NameIn(absl::string_view directory, absl::string_view path);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_CALL_H_
