// Keeper and helper, in assembly: for x86-64 and for 64-bit ARM. They are the
// same step by step; where the steps are explained, it is with the first.

#include "lockfile/internal/flock_helper.h"

#include <errno.h>

#include "lockfile/internal/platform.h"

#if LOCKFILE_INTERNAL_LINUX && (defined(__x86_64__) || defined(__aarch64__))
#define LOCKFILE_HAS_FLOCK_HELPER 1

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>

// Older headers than kernels.
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

#endif

namespace lockfile {
namespace internal {

#ifdef LOCKFILE_HAS_FLOCK_HELPER

namespace {

// The flags of a thread of this process, except that CLONE_FILES is missing: it
// has a copy of the descriptors. And CLONE_SETTLS is: it has no use for any.
constexpr uint64_t kKeeperFlags = CLONE_VM | CLONE_FS | CLONE_SIGHAND |
                                  CLONE_THREAD | CLONE_SYSVSEM |
                                  CLONE_CHILD_CLEARTID;

// Without CLONE_FS, though it changes no directory: a program that shares it
// with another process can't exec a set-user-id one (execve(2)).
constexpr uint64_t kHelperFlags = CLONE_VM | CLONE_FILES | CLONE_PARENT_SETTID;

// An assembler knows no constants of C++, and GCC's asm takes no more than 30
// of them as operands. So they are written into the text.
#define N(number) N_(number)
#define N_(number) #number

#define DESCRIPTOR "0"
#define PROCESS "4"
#define WAKEUP "8"
#define KEEPER "12"
#define HELPER "16"
#define RESULT "20"
#define ENDED "24"
static_assert(sizeof(std::atomic<uint32_t>) == 4);
static_assert(offsetof(FlockHelperBlock, descriptor) == 0);
static_assert(offsetof(FlockHelperBlock, process) == 4);
static_assert(offsetof(FlockHelperBlock, wakeup) == 8);
static_assert(offsetof(FlockHelperBlock, keeper) == 12);
static_assert(offsetof(FlockHelperBlock, helper) == 16);
static_assert(offsetof(FlockHelperBlock, result) == 20);
static_assert(offsetof(FlockHelperBlock, ended) == 24);

#define KEPT "1"
static_assert(FlockHelperBlock::kEnded == 1);

#define HELPER_FLAGS "0x100500"
#define HELPER_FLAGS_LOW "0x500"
#define HELPER_FLAGS_HIGH "0x10"
static_assert(kHelperFlags == 0x100500);

// clone(2), with the same stack pointer for the new thread, since that never
// uses it. Returns what the system call does, to the caller only.
#if defined(__x86_64__)

__attribute__((noinline)) int64_t CloneKeeper(FlockHelperBlock* block) {
  int64_t result = SYS_clone;
  register std::atomic<uint32_t>* child_tid asm("r10") = &block->keeper;
  register uint64_t tls asm("r8") = 0;
  register FlockHelperBlock* shared asm("r9") = block;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 9f\n\t"

      // The keeper. A system call changes rax, rcx and r11, no more.
      "mov %%r9, %%rbx\n\t"
      // close_range(descriptor + 1, ~0U, 0)
      "mov " DESCRIPTOR "(%%rbx), %%edi\n\t"
      "add $1, %%edi\n\t"
      "mov $-1, %%esi\n\t"
      "xor %%edx, %%edx\n\t"
      "mov $" N(__NR_close_range) ", %%eax\n\t"
      "syscall\n\t"
      "test %%eax, %%eax\n\t"
      "js 3f\n\t"
      // close_range(0, descriptor - 1, 0), unless the descriptor is 0
      "mov " DESCRIPTOR "(%%rbx), %%esi\n\t"
      "sub $1, %%esi\n\t"
      "jc 1f\n\t"
      "xor %%edi, %%edi\n\t"
      "xor %%edx, %%edx\n\t"
      "mov $" N(__NR_close_range) ", %%eax\n\t"
      "syscall\n\t"
      "test %%eax, %%eax\n\t"
      "js 3f\n\t"
      // clone(kHelperFlags, 0, &helper, 0, 0)
      "1:\n\t"
      "mov $" HELPER_FLAGS ", %%edi\n\t"
      "xor %%esi, %%esi\n\t"
      "lea " HELPER "(%%rbx), %%rdx\n\t"
      "xor %%r10d, %%r10d\n\t"
      "xor %%r8d, %%r8d\n\t"
      "mov $" N(__NR_clone) ", %%eax\n\t"
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jz 5f\n\t"
      "js 3f\n\t"
      "mov %%eax, %%r12d\n\t"
      // wait4(helper, nullptr, __WALL, nullptr). No signal interrupts it, but
      // a debugger might.
      "2:\n\t"
      "mov %%r12d, %%edi\n\t"
      "xor %%esi, %%esi\n\t"
      "mov $" N(__WALL) ", %%edx\n\t"
      "xor %%r10d, %%r10d\n\t"
      "mov $" N(__NR_wait4) ", %%eax\n\t"
      "syscall\n\t"
      "cmp $-" N(EINTR) ", %%eax\n\t"
      "je 2b\n\t"
      "test %%eax, %%eax\n\t"
      "js 3f\n\t"
      "mov $" KEPT ", %%eax\n\t"
      "3:\n\t"
      "mov %%eax, " ENDED "(%%rbx)\n\t"

      // Both end in the same way: wakeup = 1, futex(&wakeup, FUTEX_WAKE, 1),
      // sched_yield(), exit(0). The caller is often woken on this very
      // processor, where it would have to wait until the exit is through,
      // which takes longer than all the rest.
      "4:\n\t"
      "movl $1, " WAKEUP "(%%rbx)\n\t"
      "lea " WAKEUP "(%%rbx), %%rdi\n\t"
      "mov $" N(FUTEX_WAKE) ", %%esi\n\t"
      "mov $1, %%edx\n\t"
      "xor %%r10d, %%r10d\n\t"
      "xor %%r8d, %%r8d\n\t"
      "xor %%r9d, %%r9d\n\t"
      "mov $" N(__NR_futex) ", %%eax\n\t"
      "syscall\n\t"
      "mov $" N(__NR_sched_yield) ", %%eax\n\t"
      "syscall\n\t"
      "xor %%edi, %%edi\n\t"
      "mov $" N(__NR_exit) ", %%eax\n\t"
      "syscall\n\t"
      "ud2\n\t"

      // The helper: prctl(PR_SET_PDEATHSIG, SIGKILL)
      "5:\n\t"
      "mov $" N(PR_SET_PDEATHSIG) ", %%edi\n\t"
      "mov $" N(SIGKILL) ", %%esi\n\t"
      "mov $" N(__NR_prctl) ", %%eax\n\t"
      "syscall\n\t"
      "test %%eax, %%eax\n\t"
      "js 7f\n\t"
      // A keeper that died before has sent no signal: then its word is 0
      // (other threads may live, if one of them execs), or the parent is
      // another process (were the word left alone, as old kernels do when a
      // signal kills).
      "mov $-" N(ESRCH) ", %%eax\n\t"
      "cmpl $0, " KEEPER "(%%rbx)\n\t"
      "je 7f\n\t"
      "mov $" N(__NR_getppid) ", %%eax\n\t"
      "syscall\n\t"
      "cmp " PROCESS "(%%rbx), %%eax\n\t"
      "je 6f\n\t"
      "mov $-" N(ESRCH) ", %%eax\n\t"
      "jmp 7f\n\t"
      // flock(descriptor, LOCK_EX)
      "6:\n\t"
      "mov " DESCRIPTOR "(%%rbx), %%edi\n\t"
      "mov $" N(LOCK_EX) ", %%esi\n\t"
      "mov $" N(__NR_flock) ", %%eax\n\t"
      "syscall\n\t"
      "test %%eax, %%eax\n\t"
      "jnz 7f\n\t"
      // close(descriptor), which is the keeper's, too. The lock is the
      // caller's now, and nobody else's.
      "mov " DESCRIPTOR "(%%rbx), %%edi\n\t"
      "mov $" N(__NR_close) ", %%eax\n\t"
      "syscall\n\t"
      "xor %%eax, %%eax\n\t"
      "7:\n\t"
      "mov %%eax, " RESULT "(%%rbx)\n\t"
      "jmp 4b\n\t"

      "9:\n\t"
      : "+a"(result), "+r"(child_tid), "+r"(tls), "+r"(shared)
      : "D"(kKeeperFlags), "S"(uint64_t{0}), "d"(uint64_t{0})
      : "rcx", "r11", "cc", "memory");
  return result;
}

#else  // __aarch64__

__attribute__((noinline)) int64_t CloneKeeper(FlockHelperBlock* block) {
  register uint64_t number asm("x8") = SYS_clone;
  register uint64_t result asm("x0") = kKeeperFlags;
  register uint64_t stack asm("x1") = 0;
  register uint64_t parent_tid asm("x2") = 0;
  register uint64_t tls asm("x3") = 0;  // The other way round than on x86-64.
  register std::atomic<uint32_t>* child_tid asm("x4") = &block->keeper;
  register FlockHelperBlock* shared asm("x5") = block;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 9f\n\t"

      // The keeper. A system call changes x0, no more.
      "mov x19, x5\n\t"
      "ldr w0, [x19, #" DESCRIPTOR "]\n\t"
      "add w0, w0, #1\n\t"
      "mov w1, #-1\n\t"
      "mov x2, #0\n\t"
      "mov x8, #" N(__NR_close_range) "\n\t"
      "svc #0\n\t"
      "tbnz w0, #31, 3f\n\t"
      "ldr w1, [x19, #" DESCRIPTOR "]\n\t"
      "subs w1, w1, #1\n\t"
      "b.lo 1f\n\t"
      "mov x0, #0\n\t"
      "mov x2, #0\n\t"
      "mov x8, #" N(__NR_close_range) "\n\t"
      "svc #0\n\t"
      "tbnz w0, #31, 3f\n\t"
      "1:\n\t"
      "movz w0, #" HELPER_FLAGS_LOW "\n\t"
      "movk w0, #" HELPER_FLAGS_HIGH ", lsl #16\n\t"
      "mov x1, #0\n\t"
      "add x2, x19, #" HELPER "\n\t"
      "mov x3, #0\n\t"
      "mov x4, #0\n\t"
      "mov x8, #" N(__NR_clone) "\n\t"
      "svc #0\n\t"
      "cbz x0, 5f\n\t"
      "tbnz x0, #63, 3f\n\t"
      "mov w20, w0\n\t"
      "2:\n\t"
      "mov w0, w20\n\t"
      "mov x1, #0\n\t"
      "mov w2, #" N(__WALL) "\n\t"
      "mov x3, #0\n\t"
      "mov x8, #" N(__NR_wait4) "\n\t"
      "svc #0\n\t"
      "cmn w0, #" N(EINTR) "\n\t"
      "b.eq 2b\n\t"
      "tbnz w0, #31, 3f\n\t"
      "mov w0, #" KEPT "\n\t"
      "3:\n\t"
      "str w0, [x19, #" ENDED "]\n\t"

      // A release, for what was stored before, which x86-64 does by itself.
      "4:\n\t"
      "mov w0, #1\n\t"
      "add x1, x19, #" WAKEUP "\n\t"
      "stlr w0, [x1]\n\t"
      "mov x0, x1\n\t"
      "mov x1, #" N(FUTEX_WAKE) "\n\t"
      "mov x2, #1\n\t"
      "mov x3, #0\n\t"
      "mov x4, #0\n\t"
      "mov x5, #0\n\t"
      "mov x8, #" N(__NR_futex) "\n\t"
      "svc #0\n\t"
      "mov x8, #" N(__NR_sched_yield) "\n\t"
      "svc #0\n\t"
      "mov x0, #0\n\t"
      "mov x8, #" N(__NR_exit) "\n\t"
      "svc #0\n\t"
      "brk #0\n\t"

      // The helper.
      "5:\n\t"
      "mov x0, #" N(PR_SET_PDEATHSIG) "\n\t"
      "mov x1, #" N(SIGKILL) "\n\t"
      "mov x8, #" N(__NR_prctl) "\n\t"
      "svc #0\n\t"
      "tbnz w0, #31, 7f\n\t"
      "mov w0, #-" N(ESRCH) "\n\t"
      "ldr w1, [x19, #" KEEPER "]\n\t"
      "cbz w1, 7f\n\t"
      "mov x8, #" N(__NR_getppid) "\n\t"
      "svc #0\n\t"
      "ldr w1, [x19, #" PROCESS "]\n\t"
      "cmp w0, w1\n\t"
      "b.eq 6f\n\t"
      "mov w0, #-" N(ESRCH) "\n\t"
      "b 7f\n\t"
      "6:\n\t"
      "ldr w0, [x19, #" DESCRIPTOR "]\n\t"
      "mov x1, #" N(LOCK_EX) "\n\t"
      "mov x8, #" N(__NR_flock) "\n\t"
      "svc #0\n\t"
      "cbnz w0, 7f\n\t"
      "ldr w0, [x19, #" DESCRIPTOR "]\n\t"
      "mov x8, #" N(__NR_close) "\n\t"
      "svc #0\n\t"
      "mov w0, #0\n\t"
      "7:\n\t"
      "str w0, [x19, #" RESULT "]\n\t"
      "b 4b\n\t"

      "9:\n\t"
      : "+r"(result), "+r"(number), "+r"(stack), "+r"(parent_tid), "+r"(tls),
        "+r"(child_tid), "+r"(shared)
      :
      : "cc", "memory");
  return static_cast<int64_t>(result);
}

#endif

}  // namespace

int StartFlockHelper(FlockHelperBlock* block) {
  block->helper.store(0, std::memory_order_relaxed);
  block->result.store(FlockHelperBlock::kNoResult, std::memory_order_relaxed);
  block->ended.store(0, std::memory_order_relaxed);
  block->keeper.store(1, std::memory_order_release);
  // A signal handler would run on a stack that isn't there. Not by sigmask(3),
  // which leaves out the signals that the C library keeps for itself.
  uint64_t blocked = ~uint64_t{0};
  uint64_t previous = 0;
  int64_t result = ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked,
                             &previous, sizeof(blocked));
  if (result == -1) {
    result = -errno;
  } else {
    result = CloneKeeper(block);
    (void)::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &previous, nullptr,
                    sizeof(previous));
  }
  if (result > 0) return 0;
  block->keeper.store(0, std::memory_order_relaxed);
  return result < 0 ? static_cast<int>(-result) : EINVAL;
}

#else

int StartFlockHelper(FlockHelperBlock*) { return ENOSYS; }

#endif

}  // namespace internal
}  // namespace lockfile
