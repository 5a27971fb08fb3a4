// Linked into tests that start contenders by the thousand, it makes a start
// cheap: in a debug build Abseil's mutexes look for deadlocks, for which each
// process fills a megabyte. Children inherit that it is off. The library's own
// tests keep it.

#include "absl/synchronization/mutex.h"

namespace conformance {
namespace {

[[maybe_unused]] const bool kIsQuick = [] {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return true;
}();

}  // namespace
}  // namespace conformance
