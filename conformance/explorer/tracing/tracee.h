// Looking into a stopped contender: its memory, and what /proc says of it.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACEE_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACEE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

// So many bytes of its memory, or as many as can be read
// (process_vm_readv(2)).
std::string ReadMemory(pid_t tid, uint64_t address, size_t size);
// A path: up to its NUL, at most PATH_MAX bytes; "" for none.
std::string ReadString(pid_t tid, uint64_t address);
// The text that a writev(2) of so many pieces would write; "" when there is too
// much of it, or it can't be read.
std::string ReadVector(pid_t tid, uint64_t address, size_t pieces);

// Closes it, if it is one.
void CloseFd(int& fd);
// The text that can be read from a descriptor that doesn't wait, 64 KiB of it
// and a little.
std::string ReadAvailable(int fd);
// readlink(2); "" when there is none.
std::string ReadLink(const std::string& path);
// The process of a thread; 0 when it is gone.
pid_t ThreadGroupOf(pid_t tid);
// When the process started, in the clock ticks of proc(5), /proc/pid/stat; ""
// when it is gone.
std::string StartTimeOf(pid_t process);
// Whether the thread waits for something, or is no more.
bool TaskIsAsleep(pid_t process, pid_t tid);
// Whether the thread is stopped for its tracer. One that was killed isn't, even
// before its end is told of.
bool TaskIsStopped(pid_t process, pid_t tid);
// Which argument of a call says for how long it waits at most: a number of
// milliseconds, of which a negative one is for ever, or where a timespec is, or
// of select(2) a timeval, of which none is. Nullopt: it has no such argument.
struct WaitLimit {
  size_t argument;
  bool is_pointer;
};
std::optional<WaitLimit> LimitOf(int64_t number);
// Whether a thread that is asleep will wake up by itself, because the call that
// it waits in says for how long at most (proc(5), /proc/pid/syscall). Where
// that can't be told, it will. Alarms aren't known of.
bool SleepsForATime(pid_t process, pid_t tid);
// How long a thread that could run now, or waits for a disk, has had a
// processor so far; nullopt where it waits for something else, is no more, or
// the system doesn't count (proc(5), /proc/pid/schedstat).
std::optional<absl::Duration> RunnableTaskRan(pid_t process, pid_t tid);

// Times that no call can set back: when a file was changed, or born (inode(7)).
// In the result of a call such as stat(2), which has just been made, of a file
// whose other times are a year old: its change becomes as old as its
// modification if it is `unchanged` since then, and its birth a year older.
void SetTimesBack(pid_t tid, const Call& call, bool unchanged);

// Whether the lock that `call` asks for, by flock(2) or fcntl(2), is another's
// now. The file is opened anew, through /proc, so that the contender's own
// description is left alone, and the kernel is asked without waiting. The
// contender's own locks of fcntl(F_SETLK) don't count, since they wouldn't stop
// it.
bool LockIsTaken(pid_t process, const Call& call);

// The time of the calling thread on a processor, and in line for one though
// it could run (proc(5), /proc/pid/schedstat). Zero where that isn't known.
struct TimeOnProcessor {
  absl::Duration running;
  absl::Duration waiting;
};
TimeOnProcessor TimeSpent();

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACEE_H_
