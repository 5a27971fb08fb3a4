// Time by the clock, then time on a processor.

#include "conformance/explorer/patience.h"

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace conformance::explorer {

bool Patience::IsOver(absl::Duration now,
                      absl::FunctionRef<std::optional<absl::Duration>()> ran) {
  if (now < deadline_) return false;
  const std::optional<absl::Duration> so_far = ran();
  if (!so_far.has_value()) return true;
  // Less than before: a thread that could run then can't now, or is no more.
  if (!ran_.has_value() || *so_far < *ran_) ran_ = so_far;
  return *so_far - *ran_ >= limit_ / 4;
}

}  // namespace conformance::explorer
