// Which system calls this is built with.
//
// LOCKFILE_INTERNAL_LINUX is 1 on Linux: waiters sleep in the kernel's queue,
// by an alarm or a helper, and threads by futex(2). Elsewhere, and where
// LOCKFILE_PORTABLE is defined, it is 0, and there is nothing but what POSIX
// has, and flock(2): a waiter with a limit asks again and again, at intervals
// of 1 to 10 ms with jitter, and nothing is promised about turns. A waiter
// without one blocks in flock(2) in either case.

#ifndef LOCKFILE_INTERNAL_PLATFORM_H_
#define LOCKFILE_INTERNAL_PLATFORM_H_

#if defined(__linux__) && !defined(LOCKFILE_PORTABLE)
#define LOCKFILE_INTERNAL_LINUX 1
#else
#define LOCKFILE_INTERNAL_LINUX 0
#endif

#endif  // LOCKFILE_INTERNAL_PLATFORM_H_
