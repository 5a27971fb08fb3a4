// A process that blocks in flock(2) in our stead, so that it can be killed when
// the time is up.
//
// Nothing but a signal ends a blocking flock(2), and a library has none to
// spare. But a flock(2) belongs to the open file description: what somebody
// else gets by a copy of the descriptor, the caller has. So there is
//
//   the caller    an ordinary thread of the application, which sleeps until it
//                 is woken, the time is up, or the wait is cancelled;
//   the keeper    a thread of the application's process, which the caller
//                 makes. It has a descriptor table of its own, in which it
//                 closes everything but the one descriptor; makes the helper;
//                 waits for its end; and ends;
//   the helper    a process, a child of the keeper, that shares its table. It
//                 blocks. When it has the lock, it closes the descriptor, wakes
//                 the caller, and ends. Killed, it ends, too.
//
// Why not two of them. A helper made by the caller would come into the world
// with a copy of every descriptor of the application, and if that is killed in
// this instant, its other locks live on until the helper has had a turn. The
// keeper is part of the process: the kernel reports no process dead before its
// last thread is, so by then the copies are gone; and the helper never has any
// but the one. It dies with the keeper (PR_SET_PDEATHSIG, which fires when the
// parent *thread* dies), whether the application is killed, exits, or execs.
//
// One thing is left: the helper is killed before the application counts as
// dead, but may take some microseconds longer to die. If the lock becomes free
// within them, flock(2) still gives it to the helper, which has it until it is
// dead.
//
// Keeper and helper share the caller's memory (CLONE_VM), so that an
// application of many gigabytes costs no more than a small one. The usual
// danger of that is avoided by running no compiled code: they are some system
// calls in assembly that use registers and the block below, no stack, no
// thread-local storage, no errno, no libc, nothing a sanitizer or a profiler
// has instrumented. All signals are blocked in both. The helper's exit signal
// is 0: no SIGCHLD, and no wait(2) of the application ever sees it, except one
// with __WALL or __WCLONE, which does no harm.
//
// One hazard is left, and is that of every posix_spawn(3), too: the two keep
// the user ids that the caller had when they were made. An application that
// gives up its privileges in one thread while another waits shares its memory
// with a process that has them, until that wait ends.

#ifndef LOCKFILE_INTERNAL_FLOCK_HELPER_H_
#define LOCKFILE_INTERNAL_FLOCK_HELPER_H_

#include <atomic>
#include <cstdint>

namespace lockfile {
namespace internal {

// The words of caller, keeper and helper to each other. The block must stay
// where it is until `keeper` is 0. The assembly depends on the order of the
// fields.
struct FlockHelperBlock {
  static constexpr int32_t kNoResult = 1;
  static constexpr int32_t kEnded = 1;

  // Told by the caller: what to lock, and its own process.
  int32_t descriptor = -1;
  int32_t process = 0;

  // 1 when there is something for the caller to see: a futex(2) to sleep on.
  std::atomic<uint32_t> wakeup{0};

  // Not 0 while there is a keeper; the kernel sets it to 0, and wakes one who
  // sleeps on it (CLONE_CHILD_CLEARTID).
  std::atomic<uint32_t> keeper{0};

  // The helper's pid, once there is one. Valid while `keeper` isn't 0.
  std::atomic<int32_t> helper{0};

  // The result of the helper's flock(2): kNoResult, a negative errno, or 0.
  // When it is 0, keeper and helper have no descriptor any more, so that a
  // caller who then dies, or forgets about them, leaves nothing held.
  std::atomic<int32_t> result{kNoResult};

  // 0 while the keeper keeps, kEnded when the helper is gone, or the negative
  // errno of what has failed: close_range(2), clone(2) or wait4(2). After the
  // last, the helper dies with the keeper.
  std::atomic<int32_t> ended{0};
};

// Makes the keeper, and returns 0; or returns an errno, and there is none.
// ENOSYS on a machine this isn't written for.
int StartFlockHelper(FlockHelperBlock* block);

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_FLOCK_HELPER_H_
