// The registers of x86-64 and of aarch64 that a system call uses (syscall(2)).

#include "conformance/explorer/tracing/registers.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
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

// One register, by where it is in struct user: cheaper than all of them.
int Poke(pid_t tid, size_t offset, int64_t value) {
  return ::ptrace(PTRACE_POKEUSER, tid, offset, value) == 0 ? 0 : errno;
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
  if (const int error = Poke(tid, offsetof(user, regs.orig_rax), -1);
      error != 0) {
    return error;
  }
  return Poke(tid, offsetof(user, regs.rax), result);
}

int SetArgument(pid_t tid, int index, uint64_t value) {
  return ChangeRegisters(tid, [&](user_regs_struct& registers) {
    *Argument(registers, index) = value;
  });
}

int SetResult(pid_t tid, int64_t result) {
  return Poke(tid, offsetof(user, regs.rax), result);
}

int ReadRegisters(pid_t tid, Registers& registers) {
  return ::ptrace(PTRACE_GETREGS, tid, nullptr, &registers) == 0 ? 0 : errno;
}

int WriteRegisters(pid_t tid, const Registers& registers) {
  Registers copy = registers;
  // It is in no call that could be begun again.
  copy.orig_rax = static_cast<Register>(-1);
  return ::ptrace(PTRACE_SETREGS, tid, nullptr, &copy) == 0 ? 0 : errno;
}

int CallClone(pid_t tid, const Registers& registers, uint64_t flags) {
  constexpr Register kCallBytes = 2;  // of the instruction
  Registers copy = registers;
  copy.rip -= kCallBytes;
  copy.rax = SYS_clone;
  copy.rdi = flags;
  copy.rsi = copy.rdx = copy.r10 = copy.r8 = 0;
  return WriteRegisters(tid, copy);
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

int ReadRegisters(pid_t tid, Registers& registers) {
  iovec all = {&registers, sizeof(registers)};
  return ::ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) == 0 ? 0 : errno;
}

int WriteRegisters(pid_t tid, const Registers& registers) {
  Registers copy = registers;
  iovec all = {&copy, sizeof(copy)};
  return ::ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) == 0 ? 0 : errno;
}

int CallClone(pid_t tid, const Registers& registers, uint64_t flags) {
  constexpr uint64_t kCallBytes = 4;  // of the instruction
  Registers copy = registers;
  copy.pc -= kCallBytes;
  copy.regs[8] = SYS_clone;
  copy.regs[0] = flags;
  copy.regs[1] = copy.regs[2] = copy.regs[3] = copy.regs[4] = 0;
  return WriteRegisters(tid, copy);
}

#else
#error "the explorer knows the registers of x86-64 and aarch64 only"
#endif

}  // namespace conformance::explorer
