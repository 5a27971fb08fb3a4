// The registers of x86-64 and of aarch64 that a system call uses (syscall(2)).

#include "conformance/explorer/registers.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <cstdint>

namespace conformance::explorer {

#if defined(__x86_64__)

namespace {

// As the kernel's header names its type.
using Register = decltype(user_regs_struct::rax);

Register* Argument(user_regs_struct& registers, int index) {
  switch (index) {
    case 0:
      return &registers.rdi;
    case 1:
      return &registers.rsi;
    case 2:
      return &registers.rdx;
    case 3:
      return &registers.r10;
    case 4:
      return &registers.r8;
    default:
      return &registers.r9;
  }
}

template <typename Change>
int ChangeRegisters(pid_t tid, const Change& change) {
  user_regs_struct registers = {};
  if (::ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0) return errno;
  change(registers);
  if (::ptrace(PTRACE_SETREGS, tid, nullptr, &registers) != 0) return errno;
  return 0;
}

}  // namespace

int SkipCall(pid_t tid, int64_t result) {
  return ChangeRegisters(tid, [&](user_regs_struct& registers) {
    registers.orig_rax = static_cast<Register>(-1);
    registers.rax = static_cast<Register>(result);
  });
}

int SetArgument(pid_t tid, int index, uint64_t value) {
  return ChangeRegisters(tid, [&](user_regs_struct& registers) {
    *Argument(registers, index) = value;
  });
}

int SetResult(pid_t tid, int64_t result) {
  return ChangeRegisters(tid, [&](user_regs_struct& registers) {
    registers.rax = static_cast<Register>(result);
  });
}

#elif defined(__aarch64__)

namespace {

// Arguments and the result share registers x0 to x5; the call's number stands
// apart, in a register set of its own.
template <typename Change>
int ChangeRegisters(pid_t tid, const Change& change) {
  user_regs_struct registers = {};
  iovec all = {&registers, sizeof(registers)};
  if (::ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0) return errno;
  change(registers);
  if (::ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) != 0) return errno;
  return 0;
}

}  // namespace

int SkipCall(pid_t tid, int64_t result) {
  int number = -1;
  iovec one = {&number, sizeof(number)};
  if (::ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &one) != 0) {
    return errno;
  }
  return SetResult(tid, result);
}

int SetArgument(pid_t tid, int index, uint64_t value) {
  return ChangeRegisters(
      tid, [&](user_regs_struct& registers) { registers.regs[index] = value; });
}

int SetResult(pid_t tid, int64_t result) {
  return ChangeRegisters(tid, [&](user_regs_struct& registers) {
    registers.regs[0] = static_cast<uint64_t>(result);
  });
}

#else
#error "the explorer knows the registers of x86-64 and aarch64 only"
#endif

}  // namespace conformance::explorer
