// How long to sleep between two attempts at a lock that somebody has.

#ifndef LOCKFILE_INTERNAL_POLL_INTERVAL_H_
#define LOCKFILE_INTERNAL_POLL_INTERVAL_H_

#include <cstdint>

#include "absl/time/time.h"

namespace lockfile {
namespace internal {

// Short at first, since most locks are held briefly, then longer, to leave the
// processor to the holder; and never quite the same, so that waiters who began
// together don't go on asking together, and one that always comes a moment too
// late doesn't always come a moment too late.
class PollInterval {
 public:
  static constexpr absl::Duration Shortest() { return absl::Milliseconds(1); }
  static constexpr absl::Duration Longest() { return absl::Milliseconds(10); }

  // The next interval, within half of and all of a base that grows by half
  // each time from Shortest() to Longest().
  absl::Duration Next();

 private:
  absl::Duration base_ = Shortest();
  uint64_t random_ = 0;  // 0: not seeded yet.
};

}  // namespace internal
}  // namespace lockfile

#endif  // LOCKFILE_INTERNAL_POLL_INTERVAL_H_
