// Changing a system call from outside: the few registers that it takes, for
// each processor that we know. Reading needs no such file, since
// PTRACE_GET_SYSCALL_INFO (ptrace(2)) is the same everywhere.
//
// The traced thread must be stopped, at the entry of a system call (a
// PTRACE_EVENT_SECCOMP stop) or at its exit, as each function says. They give
// 0, or an errno: ESRCH when the thread has been killed meanwhile.

#ifndef CONFORMANCE_EXPLORER_TRACING_REGISTERS_H_
#define CONFORMANCE_EXPLORER_TRACING_REGISTERS_H_

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>

namespace conformance::explorer {

// At the entry: the call isn't made, and `result` (a negative errno, or what
// success would give) is what the caller sees.
int SkipCall(pid_t tid, int64_t result);

// At the entry: the argument with this index, from 0, becomes `value`. The
// kernel gives registers back as they were at the entry, so the caller puts the
// old value back at the exit.
int SetArgument(pid_t tid, int index, uint64_t value);

// At the exit: the caller sees `result`.
int SetResult(pid_t tid, int64_t result);

// All of them, to be put back later, be it into another thread.
using Registers = user_regs_struct;
int ReadRegisters(pid_t tid, Registers& registers);
// At any exit: it goes on as if it were at the one where they were read.
int WriteRegisters(pid_t tid, const Registers& registers);

// At an exit: the thread next makes clone(2) with these flags, and nothing
// else, from where the registers were read.
int CallClone(pid_t tid, const Registers& registers, uint64_t flags);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_REGISTERS_H_
