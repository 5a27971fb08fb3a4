// How long a contender may take.
//
// Who neither answers nor comes to a visible call hangs, once the limit is
// over; but not who could run and isn't let, because the machine is busy with
// others. So when the limit is over, one that could run is given a quarter of
// it more, counted not by the clock, but by the time that it has a processor
// (sched(7); proc(5), /proc/pid/schedstat). A loop without end uses that up;
// one that waits in the kernel hangs at once.

#ifndef CONFORMANCE_EXPLORER_PATIENCE_H_
#define CONFORMANCE_EXPLORER_PATIENCE_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace conformance::explorer {

class Patience {
 public:
  // From `now` on, a MonotonicNow.
  Patience(absl::Duration limit, absl::Duration now)
      : limit_(limit), deadline_(now + limit) {}

  // To be asked again and again. `ran` says how long those of its threads that
  // could run now have had a processor so far; nullopt when none can run. It is
  // called only when the limit is over.
  bool IsOver(absl::Duration now,
              absl::FunctionRef<std::optional<absl::Duration>()> ran);

 private:
  absl::Duration limit_;
  absl::Duration deadline_;
  std::optional<absl::Duration> ran_;  // when the limit was over
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_PATIENCE_H_
