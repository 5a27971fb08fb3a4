// The choice of the system calls that the library is built with.
//
// LOCKFILE_INTERNAL_LINUX is 1 on Linux: waiters sleep in the kernel's queue,
// by an alarm or a helper, and threads by futex(2). Elsewhere, and where
// LOCKFILE_PORTABLE is defined, it is 0, and there is nothing but what POSIX
// has, and flock(2): a waiter with a limit or a Cancellation asks again and
// again, at intervals of 10 ms at most with jitter, a thread that waits for
// another naps for as long, and nothing is promised about turns. A waiter
// without either blocks in flock(2) everywhere, once it is the first of its
// process.
//
// LOCKFILE_INTERNAL_WINDOWS is 1 on Windows, which has neither flock(2) nor
// fork(2): there the files *_windows.cc take the place of those of POSIX.

#ifndef LOCKFILE_INTERNAL_PLATFORM_H_
#define LOCKFILE_INTERNAL_PLATFORM_H_

#if defined(__linux__) && !defined(LOCKFILE_PORTABLE)
#define LOCKFILE_INTERNAL_LINUX 1
#else
#define LOCKFILE_INTERNAL_LINUX 0
#endif

#if defined(_WIN32)
#define LOCKFILE_INTERNAL_WINDOWS 1
#else
#define LOCKFILE_INTERNAL_WINDOWS 0
#endif

#endif  // LOCKFILE_INTERNAL_PLATFORM_H_
