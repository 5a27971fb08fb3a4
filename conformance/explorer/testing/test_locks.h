// Small locks, good and bad, for tests of the explorer.

#ifndef CONFORMANCE_EXPLORER_TESTING_TEST_LOCKS_H_
#define CONFORMANCE_EXPLORER_TESTING_TEST_LOCKS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "conformance/contender.h"

namespace conformance::explorer {

// flock(LOCK_NB) of a file that stays, closed on release.
ContenderSource PlainLock();
// The same, and release removes the file: two can hold.
ContenderSource UnlinkingLock();
// O_EXCL, removed on release.
ContenderSource ExclusiveCreate();
// flock that waits.
ContenderSource BlockingLock();
// fcntl(F_SETLK), and one that waits.
ContenderSource RecordLock();
ContenderSource BlockingRecordLock();
// O_EXCL, tried again after a nap for as long as it takes.
ContenderSource PollingLock();
// PlainLock, each call of which is made by a new thread.
ContenderSource ThreadedLock();
// A child opens and locks, and sends the descriptor by being forked from: the
// lock is the child's until it is told to exit, and its exit frees it.
ContenderSource ForkedLock();
// The same, but the child isn't told by its parent's death. It sleeps until it
// is killed, in a call that isn't seen;
ContenderSource StubbornChild();
// or by naps;
ContenderSource NappingChild(absl::Duration nap);
// or by one nap, by poll(2) or nanosleep(2), and ends then;
ContenderSource OneNapChild(absl::Duration nap, bool by_poll);
// or it is killed with its parent (PR_SET_PDEATHSIG, prctl(2));
ContenderSource DoomedChild();
// or a timer wakes it every 50 ms to look whether its parent lives;
ContenderSource TimedChild();
// or it looks each 50 ms, unseen, whether its parent lives;
ContenderSource WatchfulChild();
// or it is told, and then waits for its parent's next command.
ContenderSource ReadingChild();
// PlainLock that writes its pid into the file after locking, and takes a short
// or failed write for an error.
ContenderSource RecordingLock();
// Makes the file by a path relative to a folder's descriptor, and holds
// nothing.
ContenderSource RelativePaths();
// Makes a file, and holds nothing.
ContenderSource NoLock();
// Makes a file, and removes it on release; lets two hold, and makes a folder
// beside the lock's when they do. A process that meets that hangs from its
// first attempt on.
ContenderSource ShowsItOnce();
// Makes a file, removes it on release, and hangs where it is gone.
ContenderSource HangsWhereGone();
// PlainLock that makes a file beside the lock's and removes it on release; but
// it does so only in the first of several folders, which it remembers by a link
// `first` beside them.
ContenderSource UnlikeElsewhere();
// PlainLock that refuses while there is a file `FOLDER.mark` beside the lock's
// folder, which it makes when it has the lock and removes on release.
ContenderSource MarksBesideFolder();
// PlainLock that takes each error for a refusal.
ContenderSource RefusesForErrors();
// Writes log events for ever when it is to acquire; or lines without an end, of
// 64 MiB and more.
ContenderSource Babbling(bool without_end);
// Says in hello that process 1 is the one that locks.
ContenderSource SaysAnotherPid();
// O_EXCL, and removes what is there for an hour, all of it under a flock of a
// file beside it: a sound one, though what a crash left is in the way until it
// is old.
ContenderSource GuardedAgeingLock();
// PlainLock whose first attempt of each pair is refused where the file is there
// already.
ContenderSource RefusesAtFirst();
// O_EXCL; a process that was refused once is refused for ever.
ContenderSource NeverForgets();
// Exits with status 3 when it has the lock.
ContenderSource DyingLock();
// PlainLock that spins for ever when it has the lock.
ContenderSource HangingLock();
// PlainLock that leaves its descriptor open where flock fails.
ContenderSource LeakingLock();
// PlainLock that leaves its descriptors open where it is refused, but the last
// `kept` of them alone.
ContenderSource KeepsWhenRefused(size_t kept);
// PlainLock that sleeps for ever, in no call that is seen, when another has it.
ContenderSource UnseenWait();
// PollingLock whose naps of 50 ms aren't seen to be naps.
ContenderSource DawdlingLock();
// PlainLock that fails from a process's fourth acquisition on.
ContenderSource WornOutLock();
// Takes a lock that an interrupted call didn't give it.
ContenderSource BelievesInterrupted();
// A name in the system's list of sockets (unix(7)), by no call that is seen.
ContenderSource UnseenLock();
// Makes a file, and holds nothing, but has a helper process meanwhile.
ContenderSource UnseenHelper();
// PlainLock that looks what is at the path (stat(2)) before each attempt until
// the process has had the lock.
ContenderSource LooksAtFirst();
// Makes a file of its own and links it to the lock's name.
ContenderSource LinkingLock();
// The same, by a name that mkstemp(3) makes up.
ContenderSource MadeUpNameLock();
// Makes a folder, and removes one that is there for an hour: that hasn't been
// modified since, or changed, by stat(2) or statx(2), or that was born then.
enum class Age { kModified, kChanged, kChangedByStatx, kBorn };
ContenderSource AgeingLock(Age by);
// Release does nothing at all.
ContenderSource NeverReleased();
ContenderSource NeverReleasedBlocking();
// Answers nothing but hello, and not even that where there is this file.
ContenderSource SilentWhere(const std::string& file);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TESTING_TEST_LOCKS_H_
