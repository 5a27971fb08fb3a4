// Time by the clock, then time on a processor.

#include "conformance/explorer/tracing/hang_limit.h"

#include <sys/types.h>

#include <map>
#include <utility>

#include "absl/time/time.h"

namespace conformance::explorer {
namespace {

// A thread may be waiting for another's page, or for a mutex, for a moment.
constexpr int kLooks = 3;

// It gets no more than these, whatever it does, such as starting threads that
// end before they are asked about twice.
constexpr int kMostLimits = 20;

}  // namespace

bool HangLimit::IsOver(absl::Duration now, Runnable runnable) {
  if (now < deadline_) return false;
  if (now >= deadline_ + kMostLimits * limit_) return true;
  const std::map<pid_t, absl::Duration> threads = runnable();
  if (threads.empty()) return ++waited_ >= kLooks;
  waited_ = 0;
  for (const auto& [tid, ran] : threads) {
    first_.emplace(tid, ran);
    last_[tid] = ran;
  }
  absl::Duration sum;
  for (const auto& [tid, ran] : last_) sum += ran - first_[tid];
  return sum >= limit_ / 4;
}

bool HangLimit::Extend(int limits) {
  if (std::exchange(extended_, true)) return false;
  deadline_ += limits * limit_;
  waited_ = 0;
  return true;
}

}  // namespace conformance::explorer
