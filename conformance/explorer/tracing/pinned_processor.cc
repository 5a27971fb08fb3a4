// Affinity, and a look at how long we wait for it.

#include "conformance/explorer/tracing/pinned_processor.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/tracee.h"
#include "conformance/monotonic_now.h"

namespace conformance::explorer {
namespace {

constexpr int64_t kCallsBetweenLooks = 64;
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(250);

cpu_set_t Only(int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(processor), &one);
  return one;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PinnedProcessor>> PinnedProcessor::Create(
    int processor) {
  auto pinned = absl::WrapUnique(new PinnedProcessor());
  if (::sched_getaffinity(0, sizeof(cpu_set_t), &pinned->before_) != 0) {
    return absl::InternalError(
        absl::StrCat("sched_getaffinity: ", ::strerror(errno)));
  }
  const int here = processor >= 0 ? processor : ::sched_getcpu();
  pinned->stays_ = processor >= 0;
  pinned->processor_ = here;
  pinned->looked_ = MonotonicNow();
  pinned->spent_ = TimeSpent();
  if (!pinned->PinTo(here)) {
    return absl::UnavailableError(absl::StrCat("can't be pinned to processor ",
                                               here, ": ", ::strerror(errno)));
  }
  return pinned;
}

PinnedProcessor::~PinnedProcessor() {
  ::sched_setaffinity(0, sizeof(before_), &before_);
}

bool PinnedProcessor::PinTo(int processor) {
  const cpu_set_t one = Only(processor);
  if (::sched_setaffinity(0, sizeof(one), &one) != 0) return false;
  processor_ = processor;
  return true;
}

// Two of us on one processor take twice as long, while another idles, and
// neither is moved by the system. A process that is in line for half as long as
// it runs goes elsewhere; by lot, or both would.
void PinnedProcessor::MoveIfCrowded(
    absl::FunctionRef<std::vector<pid_t>()> threads) {
  if (stays_ || ++calls_ % kCallsBetweenLooks != 0) return;
  const absl::Duration now = MonotonicNow();
  if (now < looked_ + kBetweenLooks) return;
  const TimeOnProcessor spent = TimeSpent();
  const bool crowded =
      2 * (spent.waiting - spent_.waiting) > spent.running - spent_.running;
  looked_ = now;
  spent_ = spent;
  if (!crowded || lot_() % 2 == 0) return;
  for (int i = 1; i < CPU_SETSIZE; ++i) {
    const int next = (processor_ + i) % CPU_SETSIZE;
    if (!CPU_ISSET(static_cast<size_t>(next), &before_)) continue;
    if (!PinTo(next)) return;
    // One that can't be moved stays, which only takes longer.
    const cpu_set_t one = Only(next);
    for (const pid_t tid : threads()) {
      ::sched_setaffinity(tid, sizeof(one), &one);
    }
    return;
  }
}

}  // namespace conformance::explorer
