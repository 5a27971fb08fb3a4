// Steps that the checks of waits share.

#ifndef CONFORMANCE_REQUIREMENTS_WAITS_H_
#define CONFORMANCE_REQUIREMENTS_WAITS_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"
#include "conformance/trial.h"

namespace conformance {

// Longer than any check takes, shorter than the limit of an exchange.
absl::Duration LongWait(const Trial& t);

// Asks for the lock, by the handle `a`, and leaves the answer to come.
void StartWaiting(Trial& t, int who, absl::Duration wait,
                  absl::string_view path = "lock");

// The waiter has been asked; now it is given time to get into its wait. There
// is no event for that: it and all its children are asleep, by the kernel's
// word, twice in a row.
void AwaitAsleep(Trial& t, int who);

// The next answer is `acquired`.
void MustGet(Trial& t, int who, absl::string_view when);

// The next answer is `busy`: its time was up, and the holder lives.
void MustTimeOut(Trial& t, int who, absl::string_view when);

// Whether a wait was not given up before its time. The protocol's unit is the
// millisecond, and a clock may be read in it: so its time may be over by less
// than one millisecond too early.
bool WasNotEarly(absl::Duration took, absl::Duration wait);

// As reports have it: "12 ms".
std::string InMilliseconds(absl::Duration duration);

// None of the waiters has answered until then, a monotonic time.
void MustWaitUntil(Trial& t, const std::vector<int>& waiters,
                   absl::Duration time, absl::string_view why);

// SIGUSR1, which the waiter catches, once a millisecond until it answers or it
// is `until`, a monotonic time. The history has a word of it, not each signal.
void RainSignals(Trial& t, int waiter, absl::Duration until);

// The waits that can be cancelled: without a limit, and with one that is longer
// than any check, as far as the contender claims them, since they may be made
// in different ways. Empty when the trial has ended. To be asked after the
// first start.
std::vector<absl::Duration> CancellableWaits(Trial& t);

// The next answer, after a `cancel`, is `cancelled`. The holder lives: if it
// acquires all the same, exclusion is broken, not cancelling.
Answer MustEndCancelled(Trial& t, int who);

// Counts of a process that grow when waits leave something behind.
struct Possessions {
  size_t descriptors = 0, children = 0, threads = 0, timers = 0;

  // Zeros of a process that has gone.
  static Possessions Of(pid_t pid);
  // Whether it has fewer than `more` of each beyond what it had before.
  bool IsWithin(const Possessions& before, size_t more) const;
  std::string ToString() const;
};

// More with every wait is what counts: after `what` it has fewer than `more` of
// each beyond `before`. A helper that was told to end may take a moment to, at
// most 1 s.
void MustHaveLeftNothing(Trial& t, int who, const Possessions& before,
                         size_t more, absl::string_view what);

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_WAITS_H_
