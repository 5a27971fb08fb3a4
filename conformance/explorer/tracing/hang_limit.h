// How long a contender may take.
//
// A contender that neither answers nor comes to a visible call hangs, once the
// limit is over; but not one that could run and isn't let, because the machine
// is busy with others. So when the limit is over, one that could run is given a
// quarter of it more, counted not by the clock, but by the time that its
// threads have a processor (sched(7); proc(5), /proc/pid/schedstat). A loop
// without end uses that up; one that is seen to wait in the kernel several
// times in a row hangs, unless it has said for how long: it may wait by a rule
// of its own (Extend).

#ifndef CONFORMANCE_EXPLORER_TRACING_HANG_LIMIT_H_
#define CONFORMANCE_EXPLORER_TRACING_HANG_LIMIT_H_

#include <sys/types.h>

#include <map>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace conformance::explorer {

class HangLimit {
 public:
  // From `now` on, a MonotonicNow.
  HangLimit(absl::Duration limit, absl::Duration now)
      : limit_(limit), deadline_(now + limit) {}

  absl::Duration limit() const { return limit_; }

  // For one that will wake up by itself: so many limits more, once.
  bool Extend(int limits);

  // Those threads that could run now, and how long each has had a processor so
  // far.
  using Runnable = absl::FunctionRef<std::map<pid_t, absl::Duration>()>;

  // To be asked again and again. `runnable` is called only when the limit is
  // over.
  bool IsOver(absl::Duration now, Runnable runnable);

 private:
  absl::Duration limit_;
  absl::Duration deadline_;
  bool extended_ = false;
  int waited_ = 0;  // in a row, when asked, no thread could run
  // Since the limit was over: what each had when it was first asked about, and
  // last.
  std::map<pid_t, absl::Duration> first_, last_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_HANG_LIMIT_H_
