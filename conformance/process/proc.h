// Facts about processes, read from /proc (proc(5)), and small waits on them.
// For what the harness must know about a contender without its cooperation.

#ifndef CONFORMANCE_PROCESS_PROC_H_
#define CONFORMANCE_PROCESS_PROC_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace conformance {

// A descriptor for the process that polls readable when it has ended
// (pidfd_open(2)); -1 when there is no such process.
int OpenPidfd(pid_t pid);

// Waits until the process has ended (it may still be a zombie).
bool AwaitEnd(pid_t pid, absl::Duration deadline);

// The state letter of proc(5): R, S, D, T, Z...; 0 when there is none.
char ProcessState(pid_t pid);
// Waits until the state is one of `states`.
bool AwaitState(pid_t pid, const char* states, absl::Duration deadline);

pid_t ParentOf(pid_t pid);                 // 0 when unknown
pid_t GroupOf(pid_t pid);                  // 0 when unknown
std::vector<pid_t> ChildrenOf(pid_t pid);  // live ones and zombies
// The children, their children, and so on: the nearest first.
std::vector<pid_t> DescendantsOf(pid_t pid);
std::vector<pid_t> AllProcesses();
// Whether `pid` is `ancestor` or descends from it, by live parents.
bool DescendsFrom(pid_t pid, pid_t ancestor);

// A line of /proc/PID/status, without its name; "" when there is none.
std::string StatusField(pid_t pid, absl::string_view name);
// The current folder; "" when it can't be read.
std::string FolderOf(pid_t pid);

// Threads, and timers of timer_create(2); 0 when there is no such process.
size_t CountThreads(pid_t pid);
size_t CountTimers(pid_t pid);

// Open descriptors, by /proc/PID/fd. nullopt when it cannot be read.
std::optional<size_t> CountDescriptors(pid_t pid);
// The number that the next descriptor of the process will get.
std::optional<size_t> LowestFreeDescriptor(pid_t pid);
// Resident memory in bytes, by VmRSS of /proc/PID/status.
std::optional<int64_t> ResidentBytes(pid_t pid);
// The most that it has ever been, by VmHWM.
std::optional<int64_t> MostResidentBytes(pid_t pid);

// Processor time that the process has used, all threads, with that of children
// it has reaped: the fields utime to cstime of /proc/PID/stat. Zero when there
// is no such process.
absl::Duration ProcessorTime(pid_t pid);

// One line a thread, as DescribeThread (proc_text.h) gives it.
std::string DescribeThreadsOf(pid_t pid);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_PROC_H_
