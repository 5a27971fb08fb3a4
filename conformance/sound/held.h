// The held lock that a sound lock gives out, and its manner of asking: the
// parts that have nothing to do with how the lock is made.
//
// Threads: attempts and releases of one process come one after another.
// Fork: a child forgets what its parent holds, and closes its copies of the
// descriptors (pthread_atfork(3)), since a flock lives as long as any copy does
// (flock(2)). No fork falls into the middle of an attempt or a release.

#ifndef CONFORMANCE_SOUND_HELD_H_
#define CONFORMANCE_SOUND_HELD_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance::sound {

struct GivenBack {
  std::string error;  // "" if there is none
  // False: it is held still, and another release tries again.
  bool done = true;
};

class Held : public HeldLock {
 public:
  // `give_back` is called in the process that acquired alone. The objects that
  // it holds by shared pointers are let go then, and in a forked child at once:
  // descriptors above all. To be made within an attempt.
  explicit Held(std::function<GivenBack()> give_back);
  ~Held() override;
  std::string Release() override;

 private:
  friend class Forks;
  std::function<GivenBack()> give_back_;
  pid_t owner_;  // 0: released, or a forked child's copy
};

// Has `forget` called in each forked child, before it can do anything else.
void InForkedChild(std::function<void()> forget);

// Calls `attempt`, with no fork and no other attempt in its midst.
Attempt Alone(const std::function<Attempt()>& attempt);

// Calls `attempt` until it isn't refused or the wait is over, and then once
// more. `pause` says how long to sleep after so many tries. By the monotonic
// clock.
//
// With a request, it looks whether that has been made when it has slept, and
// then gives up; what it could have then it takes no more.
Attempt Poll(absl::Duration wait,
             const std::function<absl::Duration(int tries)>& pause,
             const std::function<Attempt()>& attempt,
             const CancelRequest* request = nullptr);
// For waiters that ask each 5 ms.
absl::Duration FiveMilliseconds(int tries);
// Half as much to half as much again: those who ask equally often would stay in
// step, and some of them always come too late.
absl::Duration OutOfStep(absl::Duration pause);

// The name of the lock and all that the protocol has for C++.
Introduction Introduce(const std::string& name, const std::string& profile,
                       const std::string& at, const std::string& stale = "");
// The same, of a lock that records its holder's pid where the lock is.
Introduction WithOwnerPid(Introduction self);

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_HELD_H_
