// Growing intervals with jitter.

#include "lockfile/internal/poll_interval.h"

#include <algorithm>

#include "lockfile/internal/system.h"

namespace lockfile {
namespace internal {

absl::Duration PollInterval::Next() {
  if (random_ == 0) {
    // absl::BitGen would take a lock of its own when it is seeded, which a
    // child forked at the wrong moment would wait for in vain. Nothing depends
    // on the quality of these numbers.
    System& system = System::Get();
    const int64_t now = absl::ToInt64Nanoseconds(system.Now());
    const int64_t pid = system.GetPid();
    random_ = (static_cast<uint64_t>(now) ^ static_cast<uint64_t>(pid) << 32) |
              1;  // Zero would stay zero.
  }
  // Xorshift: Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8
  // (2003).
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const double fraction =
      static_cast<double>(random_ >> 11) / static_cast<double>(1ull << 53);
  const absl::Duration interval = base_ * (0.5 + 0.5 * fraction);
  base_ = std::min(base_ * 1.5, Longest());
  return interval;
}

}  // namespace internal
}  // namespace lockfile
