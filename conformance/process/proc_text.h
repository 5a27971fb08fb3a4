// Parsers for the files of /proc (proc(5)): pure, and made for texts that are
// not as they should be.
//
// A process chooses its own name and the names of what it maps, with blanks,
// parentheses and newlines in them.

#ifndef CONFORMANCE_PROCESS_PROC_TEXT_H_
#define CONFORMANCE_PROCESS_PROC_TEXT_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

// The fields of /proc/PID/stat from the third (the state) on; none when it is
// no such text. The second, the program's name, is in parentheses and can hold
// anything.
std::vector<std::string> FieldsOfStat(absl::string_view stat);
// The fields utime to cstime of the same, in clock ticks.
int64_t TicksOfStat(absl::string_view stat);

// A line of /proc/PID/status, without its name; "" when there is none.
std::string FieldOfStatus(absl::string_view status, absl::string_view name);
// Such a field that is in kB, in bytes.
std::optional<int64_t> BytesOfField(absl::string_view field);

// The timers of timer_create(2), by /proc/PID/timers.
size_t CountTimersOf(absl::string_view timers);

// Nanoseconds on a processor, and waiting for one, by /proc/PID/schedstat.
std::optional<std::pair<int64_t, int64_t>> TimesOfSchedstat(
    absl::string_view schedstat);

// The call that a thread is in, by /proc/PID/syscall; nullopt when it runs, or
// isn't known.
struct CallOfThread {
  int64_t number = 0;
  std::vector<uint64_t> arguments;  // six
};
std::optional<CallOfThread> CallOfSyscall(absl::string_view syscall);

// "FLOCK", "OFDLCK"... of /proc/PID/fdinfo/N, one for each lock.
std::vector<std::string> LocksOfFdinfo(absl::string_view fdinfo);

// Begin and end of vdso(7), by /proc/PID/maps.
std::optional<std::pair<uint64_t, uint64_t>> VdsoOfMaps(absl::string_view maps);

// The files of /proc/PID/task/TID.
struct ThreadFiles {
  std::string comm, stat, syscall, wchan;
};
// "thread 12 (name) state S, in flock(0x3, ...), wait channel x", and a
// newline; "" when it is no more. The name is shown as a terminal may have it.
std::string DescribeThread(pid_t tid, const ThreadFiles& files);
// Whether one of the threads so described waits for standard input.
bool IsReadingInput(absl::string_view threads);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_PROC_TEXT_H_
