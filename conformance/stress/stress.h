// Plain stress, the usual way to look for races: some contenders acquire and
// release one lock as fast as they can, for a while. For comparison with the
// systematic exploration, which finds what this finds by luck.
//
// The contenders are real processes, not traced, and don't wait. Judged is what
// they answer, by the order in which it was read and written here: two hold if
// one's `acquired` is read before another's `release` is written. Everything
// that has come is read before anything is written, so that no answer is kept
// from being seen by our being slow. Also judged: errors, ends and hangs of
// contenders, and, at the end, whether somebody new can acquire.
//
// The calling process must have a single thread.

#ifndef CONFORMANCE_STRESS_STRESS_H_
#define CONFORMANCE_STRESS_STRESS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"

namespace conformance::explorer {

struct StressResult {
  int64_t acquisitions = 0;
  int64_t refusals = 0;
  std::string violation;  // the first, with which it ends; "": none
  absl::Duration took;    // until the violation, or the end
};

struct StressOptions {
  int contenders = 3;
  absl::Duration duration = absl::Seconds(5);
  std::string directory;      // of the lock; it is emptied first
  std::string lock = "lock";  // its name in there
  // How long the lock is held, at most; how long each time is by chance, and by
  // `seed`. Zero: `release` is sent as soon as `acquired` is read.
  absl::Duration hold = absl::ZeroDuration();
  uint64_t seed = 1;
  // For an answer.
  absl::Duration deadline = absl::Seconds(10);
  // Called now and then.
  std::function<void(const StressResult&)> on_progress;
};

// InvalidArgument for fewer than one contender; otherwise errors are the
// harness's: the folder can't be emptied, a contender can't be started or
// doesn't introduce itself.
absl::StatusOr<StressResult> Stress(const ContenderSource& source,
                                    const StressOptions& options);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_STRESS_STRESS_H_
